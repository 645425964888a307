"""Tests of the structural goals: names, imports, and how much code one search executes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tools" / "structure.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("structure", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["structure"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


structure = script()


@pytest.fixture(scope="module")
def figures() -> dict[str, int]:
    return structure.measure(ROOT / "src", structure.MODEL).figures


@pytest.mark.parametrize("name", structure.GOALS)
def test_working_tree_reaches_goal(figures: dict[str, int], name: str) -> None:
    assert figures[name] <= structure.GOALS[name]
