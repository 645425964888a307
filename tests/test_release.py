"""What is released: the wheel in an environment that holds nothing else, the source, and the files beside them.

The environment has no pip and no network: the libraries that the wheel asks for are linked into it from the tests' own.
"""

import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from askew.project import Project, write
from askew.version import __version__

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
BIN = Path(sys.executable).parent
LEFT_OUT = re.compile(r"(^|/)(\.venv|\.git/|__pycache__|[^/]*\.askew/|shared/)|\.pyc$")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def needed(requirements: list[str], seen: set[str]) -> Iterator[Distribution]:
    """Yield the libraries that these requirements bring, theirs included."""
    for one in map(Requirement, requirements):
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if name in seen or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        found = distribution(name)
        yield found
        yield from needed(found.requires or [], seen)


def linked(library: Distribution, into: Path) -> None:
    for file in library.files or ():
        top = file.parts[0]
        if top not in ("..", "__pycache__") and not (into / top).exists():
            (into / top).symlink_to(Path(str(library.locate_file(top))))


@pytest.fixture(scope="module")
def bare(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with the wheel and what it asks for, and nothing else."""
    home = tmp_path_factory.mktemp("bare")
    venv.create(home, with_pip=False, symlinks=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    asked = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = Path(asked.stdout.strip())
    (wheel,) = dist.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True)
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"askew-{__version__}.dist-info/METADATA").decode()
    for library in needed(re.findall(r"^Requires-Dist: (.*?)\r?$", metadata, re.MULTILINE), set()):
        linked(library, packages)
    return scripts


def offline() -> list[str]:
    """A command before which others run without any network, where the system lets this user."""
    try:
        probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return ["unshare", "-n"] if probe.returncode == 0 else []


def called(bare: Path, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [*offline(), str(bare / "askew"), *arguments]
    closed = {**environment, "HF_HUB_OFFLINE": "1", "https_proxy": "http://127.0.0.1:9"}
    run = subprocess.run(command, cwd=folder, env=closed, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_wheel_works_in_a_bare_environment_without_network(bare: Path, tmp_path: Path) -> None:
    assert called(bare, tmp_path, "--version") == f"askew {__version__}\n"
    assert "? " in called(bare, tmp_path, "demo")
    found = json.loads(called(bare, tmp_path, "search", "askew-demo-handbook", "can I bring my dog to work?", "--json"))
    assert found["hits"][0]["id"] == "pets-at-work.md"
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "leave.md").write_text("# Leave\n\nEveryone has 28 days of paid holiday a year.\n")
    write(Project("book", ("pages",), "enterprise-search"), tmp_path)
    assert "1 new" in called(bare, tmp_path, "index")
    assert "28 days" in called(bare, tmp_path, "search", "book", "how long can I be away?")


def test_the_bare_environment_is_bare_and_says_which_extras_are_missing(bare: Path, tmp_path: Path) -> None:
    told = json.loads(called(bare, tmp_path, "doctor", "--json"))
    assert told["ok"]
    assert str(bare) in told["executable"]
    missing = {extra["name"] for extra in told["extras"] if extra["missing"]}
    assert {"documents", "evaluation", "server", "mcp", "torch", "train", "langchain", "dspy"} <= missing
    for module, extra in (("langchain", "langchain"), ("haystack", "haystack"), ("sklearn", "clusters")):
        code = f"import askew.integrations.{module}"
        run = subprocess.run([bare / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert f"pip install 'askew[{extra}]'" in run.stderr.splitlines()[-1]


def test_the_wheel_holds_the_package_and_its_data_alone(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = {
        path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "askew").rglob("*") if path.is_file()
    }
    source = {name for name in source if not LEFT_OUT.search(name)}
    assert {name for name in names if ".dist-info/" not in name} == source
    assert "askew/py.typed" in names


def test_the_source_builds_again_and_holds_no_leftovers(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        names = [name.partition("/")[2] for name in source.getnames()]
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", "src/askew/__init__.py", "tests/conftest.py"} <= set(
        names
    )
    assert [name for name in names if LEFT_OUT.search(name)] == []


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def steps(workflow: Path) -> list[str]:
    jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_make_targets_that_exist(workflow: Path) -> None:
    called = [target for run in steps(workflow) for target in re.findall(r"^make ([a-z-]+)", run, re.MULTILINE)]
    assert "test" in called
    assert set(called) <= targets()


def test_every_system_and_every_version_that_we_name_is_tested() -> None:
    import tomllib

    matrix = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))["jobs"]["test"]["strategy"][
        "matrix"
    ]
    named = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    versions = [
        found[1] for line in named if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
    ]
    assert matrix["python"] == versions
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


@pytest.mark.parametrize("kind", ["workflows", "issue-forms", "issue-config"])
def test_what_github_reads_has_its_form(kind: str) -> None:
    checker = BIN / "check-jsonschema"
    if not checker.exists():
        pytest.skip("check-jsonschema is not here")
    files = {"workflows": WORKFLOWS, "issue-forms": FORMS, "issue-config": [ROOT / ".github/ISSUE_TEMPLATE/config.yml"]}
    command = [checker, "--builtin-schema", f"vendor.github-{kind}", *files[kind]]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("form", [path for path in FORMS if path.stem != "feature"], ids=lambda path: path.stem)
def test_a_report_comes_with_the_output_of_doctor(form: Path) -> None:
    fields = {one["id"]: one for one in yaml.safe_load(form.read_text("utf-8"))["body"]}
    assert "askew doctor" in fields["doctor"]["attributes"]["label"]
    assert fields["doctor"]["validations"]["required"]


def test_the_hooks_before_a_commit_are_those_of_make_lint() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    lint = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    tools = {hook["entry"].split()[0].rpartition("/")[2] for hook in hooks}
    assert tools == set(re.findall(r"\$\(BIN\)/([a-z-]+)", lint))


def test_the_container_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    last = max(place for place, line in enumerate(lines) if line.startswith("FROM "))
    users = [line.split()[1] for line in lines[last:] if line.startswith("USER ")]
    assert users[-1].isdigit()
    assert int(users[-1]) > 0
    checker = BIN / "hadolint"
    if checker.exists():
        run = subprocess.run([checker, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
