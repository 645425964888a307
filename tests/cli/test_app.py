import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from helpers.cli import ASKEW, Here, process, refused

from askew.cli.app import COMMANDS, GROUPS, RENAMED, line
from askew.cli.app import _app as every
from askew.version import __version__


def test_version_and_help(askew: Here) -> None:
    assert askew("--version").out == f"askew {__version__}\n"
    outcome = askew("--help")
    assert outcome.code == 0
    listed = [line.split()[0] for line in outcome.out.splitlines() if line.startswith("  ") and line[2] not in " -"]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)
    assert [line for line in outcome.out.splitlines() if line.rstrip(":") in GROUPS] == [f"{name}:" for name in GROUPS]


def test_python_runs_the_package_as_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "askew", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"askew {__version__}\n"


def test_invalid_usage_is_exit_code_2_without_a_traceback(askew: Here) -> None:
    for arguments in (["nonsense"], ["search"], ["search", "book", "q", "--k", "many"], ["index", "--colour"]):
        outcome = askew(*arguments)
        assert outcome.code == 2
        assert outcome.err
        assert "Traceback" not in outcome.err


def test_a_missing_index_is_named(askew: Here) -> None:
    refused(askew("search", "book", "query"), "book.askew", "askew index")
    refused(askew("check", "."), "'.'")


def test_a_folder_that_is_no_index_is_named(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "x.askew").mkdir()
    refused(askew("search", "x", "query"), "x.askew")


def test_a_pipe_that_closes_early_is_no_error(handbook: Path) -> None:
    run = subprocess.run(f"'{ASKEW}' tasks --json | head -n 1; exit ${{PIPESTATUS[0]}}", shell=True, cwd=handbook,
                         executable="/bin/bash", capture_output=True, text=True, check=False)  # fmt: skip
    assert (run.returncode, run.stderr, run.stdout) == (0, "", "[\n")


SLOW = """
import sys, time
from askew.encoders.hashing import HashingEncoder
plain = HashingEncoder.encode
def slow(self, texts, role, report=lambda p: None, titles=()):
    print("encoding", flush=True)
    time.sleep(30)
    return plain(self, texts, role, report, titles)
HashingEncoder.encode = slow
from askew.cli import main
sys.argv[0] = "askew"
main()
"""


def test_ctrl_c_stops_with_130_and_what_is_stored_stays(handbook: Path, askew: Here) -> None:
    (handbook / "more.jsonl").write_text('{"id": "x", "text": "more"}\n')
    command = [sys.executable, "-c", SLOW, "index", "book", "more.jsonl"]
    with subprocess.Popen(command, cwd=handbook, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "encoding\n"
        time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "Traceback" not in err
    assert askew("show", "book", "--json").json["sizes"]["documents"] == 2
    assert askew("index", "book", "more.jsonl").code == 0


FULL = """
mount -t tmpfs -o size=3m none full || exit 77
cp -r book.askew full/
dd if=/dev/zero of=full/filler bs=4k 2>/dev/null
"{askew}" index full/book big.jsonl
code=$?
rm full/filler
"{askew}" check full/book 1>&2 || exit 99
exit $code
"""


def test_a_full_disk_is_reported_and_stored_data_is_intact(handbook: Path) -> None:
    (handbook / "full").mkdir()
    rows = "".join(f'{{"id": "r{i}", "text": "row {i} of many"}}\n' for i in range(2000))
    (handbook / "big.jsonl").write_text(rows)
    script = FULL.format(askew=ASKEW)
    run = subprocess.run(["unshare", "-m", "bash", "-c", script], cwd=handbook, capture_output=True, text=True)
    if run.returncode in (1, 77):
        pytest.skip(f"no small disk can be made here: {run.stderr.strip()}")
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert "Clean: 2 documents" not in run.stdout


def test_a_folder_that_cannot_be_created_is_reported(handbook: Path) -> None:
    blocked = handbook / "file"
    blocked.write_text("")
    outcome = process("index", "file/book", "pages", "--task", "question-answering", "--model", "hashing", cwd=handbook)
    refused(outcome, "file")


def test_old_names_still_work_with_a_note(askew: Here, handbook: Path) -> None:
    for old, new in RENAMED.items():
        outcome = askew(old, "--help")
        assert outcome.code == 0
        assert f"`{new}`" in outcome.err


def commands() -> dict[str, str]:
    """The one-line help of every command."""
    found = {}
    for name, command in typer.main.get_command(every("")).commands.items():
        for sub, one in {"": command, **getattr(command, "commands", {})}.items():
            found[f"{name} {sub}".strip()] = line(one.help)
    return found


def test_the_help_of_every_command_is_a_short_line() -> None:
    lines = commands()
    assert lines.keys() > COMMANDS.keys()
    assert {name: said for name, said in lines.items() if not 0 < len(said) <= 60} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path.name}: {node.name}"
        for path in Path(every.__code__.co_filename).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 80
    ]
    assert long == []


def test_help_lists_the_first_sentence() -> None:
    assert line("Do it,\n    quickly. Then rest.") == "Do it, quickly"
    assert line("Do it.") == "Do it"


LEAVING = """
import atexit, sys
from askew.cli import leave
atexit.register(lambda: print("exit handler"))
sys.stdout.write("buffered ")
leave(int(sys.argv[1]))
"""


@pytest.mark.parametrize("code", [0, 1, 2])
def test_leaving_runs_exit_handlers_and_writes_what_is_buffered(code: int) -> None:
    run = subprocess.run([sys.executable, "-c", LEAVING, str(code)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (code, "buffered exit handler\n", "")


def test_output_that_cannot_be_written_is_exit_code_2() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    command = [sys.executable, "-c", LEAVING, "0"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with full.open("w") as out:
        run = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False, env=environment)
    assert run.returncode == 2
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_without_stdout_or_stderr_a_command_still_ends_well(tmp_path: Path, closed: str) -> None:
    for arguments, code in (("tasks", 0), ("show none", 2), ("--no", 2)):
        run = subprocess.run(
            f"'{ASKEW}' {arguments} {closed}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (arguments, run.returncode, "Traceback" in run.stderr) == (arguments, code, False)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("askew se", {"search", "serve"}), ("askew search --high", {"--highlight"}), ("askew models pu", {"pull"})],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_options(line: str, wanted: set[str], shell: str) -> None:
    asked = {"_ASKEW_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    asked |= words if shell == "bash" else {"_TYPER_COMPLETE_ARGS": line}
    run = subprocess.run([ASKEW], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert wanted == set(re.findall(r"(?:^|\")(-*[a-z]+)(?=$|\t|\":)", run.stdout, re.MULTILINE))


def from_bash(option: str, home: Path) -> str:
    """What askew prints when it is called from Bash, which it recognises."""
    script = f"'{ASKEW}' {option}; exit $?"
    run = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="Bash is not here")
def test_the_completion_of_bash_is_shown_and_installed(tmp_path: Path) -> None:
    shown = from_bash("--show-completion", tmp_path)
    subprocess.run(["bash", "-n"], input=shown, text=True, check=True)
    assert "_ASKEW_COMPLETE=complete_bash" in shown
    assert list(tmp_path.iterdir()) == []
    from_bash("--install-completion", tmp_path)
    assert ".bash_completions/askew.sh" in (tmp_path / ".bashrc").read_text()
