import os
from pathlib import Path

import pytest

from askew import environment
from askew.environment import cores, free_memory, memory_limit


def test_it_counts_the_cores_this_process_may_use() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_the_free_memory_is_that_of_a_machine() -> None:
    assert 100e6 < free_memory() < 1e14


def test_in_a_container_the_free_memory_is_what_it_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "CONTROL_GROUP", tmp_path)
    monkeypatch.setattr(environment, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 99 kB\nMemAvailable:    64000000 kB\n")
    assert (memory_limit(), free_memory()) == (None, 64_000_000 * 1024)
    (tmp_path / "memory.max").write_text("max\n")
    assert (memory_limit(), free_memory()) == (None, 64_000_000 * 1024)
    (tmp_path / "memory.max").write_text("4000000000\n")
    (tmp_path / "memory.current").write_text("3000000000\n")
    assert (memory_limit(), free_memory()) == (4_000_000_000, 1_000_000_000)
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 500000000\nactive_file 7\n")
    assert free_memory() == 1_500_000_000
    (tmp_path / "memory.current").write_text("9000000000\n")
    assert free_memory() == 0
