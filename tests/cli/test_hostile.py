"""Every command, at a real terminal, with names and texts that try to act on it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.chat_server import KEY, MODEL, Fault, chatting
from helpers.terminal import Terminal

import askew
from askew.cli.app import COMMANDS
from askew.cli.query_encoders import app as models_app

ACTS = "\x1b]52;c;ZXZpbA==\x07\x9b2J\x1b[31m\u202e\u2066\u200b\u2028"
NAME = f"n{ACTS}\r\nFORGED"
"""For ids, titles, fields and files; no line of the output may begin with what follows the line feed."""
TEXT = f"kayak {ACTS} may be rented"
FORBIDDEN = re.compile(
    "[\x07\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]|\x1b(?!\\[[0-9;]*[mK])|\x1b\\[31m|^FORGED",
    re.MULTILINE,
)
"""Our own styles and the erasing of a progress line are all that may pass."""

SCRIPT = """
import json, sys
from askew.cli.app import run
from askew.cli.output import guard_streams
guard_streams()
for number, arguments in enumerate(json.load(open("commands.json"))):
    sys.argv = ["askew", *arguments]
    code = run()
    print(f"@{number}={code}@", flush=True)
"""
HASHING = ("--model", "hashing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files and folders with hostile names and hostile content."""
    rows = [
        {"id": NAME, "title": NAME, "text": TEXT, NAME: NAME, "topic": NAME},
        {"id": f"2{NAME}", "title": NAME, "text": f"{TEXT}.", NAME: NAME, "topic": NAME},
        {"id": "3", "title": "x", "text": f"canoe {ACTS} paddles, 30 days", NAME: NAME, "topic": "b"},
    ]
    files = {
        f"{NAME}.jsonl": rows,
        "queries.jsonl": [{"id": f"q{ACTS}".replace("\u2028", ""), "text": TEXT}],
        "faq.jsonl": [{"id": f"{number}{NAME}", "question": f"{TEXT} {number}", "answer": f"{TEXT}, {number} days"}
                      for number in range(3)],
        "pairs.jsonl": [{"text1": TEXT, "text2": TEXT, "label": NAME}],
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_text("".join(f"{json.dumps(row)}\n" for row in content))
    (tmp_path / "qrels.tsv").write_text(f"q{ACTS}\t{NAME.splitlines()[0]}\t1\n".replace("\u2028", ""))
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / f"{NAME}.md").write_text(f"# {ACTS}\n\n{TEXT}\n")
    (tmp_path / "pages" / f"{NAME}.pdf").write_text("not a PDF")
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "card.toml").write_text(f"name = {json.dumps(NAME)}\n")
    (tmp_path / "file").write_text("")
    return tmp_path


def commands(url: str) -> list[list[str]]:
    """Each command, with all that it prints for people; what cannot succeed fails with a message that names it."""
    rows = f"{NAME}.jsonl"
    chat = ("--url", url, "--model", MODEL, "--always-ask")
    hostile = [
        ["demo", "--into", f"file/{NAME}"],
        ["init", "--files", "pages", "--for", NAME, "--language", "en"],
        ["init", "--files", "pages", "--for", "search", "--language", "en", "--name", NAME],
        ["doctor", NAME],
        ["index", NAME, rows, "--task", "question-answering", *HASHING],
        ["index", "pages", "pages", "--task", "question-answering", *HASHING, "--files"],
        ["index", "help", "faq.jsonl", "--task", "faq", *HASHING],
        ["search", NAME, TEXT, "--highlight", "2"],
        ["search", NAME, TEXT, "--mode", "lexical"],
        ["search", "pages", TEXT],
        ["search", NAME, TEXT, "--json"],
        ["similar", NAME, TEXT],
        ["explain", NAME, TEXT, NAME],
        ["rank", NAME, "queries.jsonl"],
        ["tune", NAME, "queries.jsonl", f"no{NAME}"],
        ["faq", "help", TEXT, "-k", "3", "--threshold", "0"],
        ["curate", "help", "--log", rows, "--text-field", "text", "--threshold", "0.1"],
        ["context", NAME, TEXT],
        ["answer", NAME, TEXT, *chat],
        ["answer", NAME, TEXT, *chat],
        ["duplicates", rows, *HASHING, "--threshold", "0.1"],
        ["duplicates", rows, *HASHING, "--threshold", "0.1", "--groups"],
        ["duplicates", rows, *HASHING, "--threshold", "0.1", "--clean", f"clean{NAME}.jsonl"],
        ["duplicates", rows, *HASHING, "--threshold", "0.1", "--review", f"labels{NAME}.jsonl"],
        ["restore", f"no{NAME}", NAME, "--all"],
        ["cluster", rows, *HASHING, "--clusters", "2", "--labels", "topic"],
        ["cluster", rows, *HASHING, "--labels", f"no{NAME}"],
        ["map", rows, *HASHING, "--clusters", "2", "--out", f"{NAME}.html"],
        ["tasks", NAME],
        *[["models", name, NAME] for name in ("show", "remove", "pull", "check")],
        ["models", "pair", NAME, "--documents", f"no{NAME}", "--queries", NAME],
        ["models", "fit-queries", NAME, "--documents", f"no{NAME}", "--texts", rows],
        ["models", "distil-queries", NAME, "--documents", f"no{NAME}", "--texts", rows],
        ["models", "add", "card"],
        ["models", "list", "--task", NAME],
        ["models", "choose", "--task", "duplicate-questions", "--licence", NAME],
        ["eval", NAME, "--queries", "queries.jsonl", "--qrels", "qrels.tsv"],
        ["eval", "--pairs", "pairs.jsonl", *HASHING],
        ["recommend", "--corpus", f"no{NAME}", *HASHING],
        ["advise", rows, "--index", f"no{NAME}"],
        ["calibrate", rows, "--labels", "pairs.jsonl", *HASHING],
        ["reproduce", NAME],
        ["show", NAME, "--ledger"],
        ["show", f"no{NAME}"],
        ["check", NAME, "--all"],
        ["check", f"no{NAME}"],
        ["delete", f"no{NAME}", NAME],
        ["migrate", NAME, "--to", NAME],
        ["negatives", NAME, "queries.jsonl", f"no{NAME}"],
        ["adapt", NAME, "--queries", "queries.jsonl", "--qrels", f"no{NAME}"],
        ["train", rows, "--task", "paraphrase", "--base", f"no{NAME}", "--out", f"new{NAME}"],
        ["serve", f"no{NAME}"],
        ["mcp", f"no{NAME}"],
        ["keys", "revoke", ".", NAME],
        [NAME],
        ["search", f"--no{NAME}"],
        ["search", NAME, TEXT, "-k", NAME],
        ["search", NAME, TEXT, "--where", NAME],
    ]
    assert {words[0] for words in hostile} - {NAME} == COMMANDS.keys()
    models = {words[1] for words in hostile if words[0] == "models"}
    assert models == {one.name for one in models_app.registered_commands}
    return hostile


def test_no_command_lets_a_name_or_a_text_act(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for variable in ("ASKEW_CARDS", "ASKEW_CALIBRATIONS"):
        monkeypatch.setenv(variable, str(folder / "home"))
    with chatting() as server:
        said = f"{TEXT} [1].\n{TEXT} [7]."
        server.faults.extend([Fault("none", text=said), Fault("status", 400, text=ACTS)])
        asked = commands(server.url)
        (folder / "commands.json").write_text(json.dumps(asked))
        with Terminal(SCRIPT, folder) as terminal:
            terminal.until("q quit")
            terminal.press("q")
            terminal.end()
    *shown, rest = re.split(r"@\d+=\d+@\n", terminal.raw.replace("\r\n", "\n"))
    assert (len(shown), rest) == (len(asked), "")
    for words, printed in zip(asked, shown, strict=True):
        assert (words, FORBIDDEN.search(printed)) == (words, None)
        assert "Traceback" not in printed
    # Texts lose their control characters when they are read, but not what reverses a line.
    told = {words[0] for words, printed in zip(asked, shown, strict=True) if "\\x1b" in printed or "\\u202e" in printed}
    assert told - {NAME} == COMMANDS.keys()
    assert all(any(part in printed for printed in shown) for part in ("HTTP 400", "[7]"))


SOURCE = Path(askew.__file__).parent
WRITES = {"print", "echo", "secho", "Console", "pprint"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
QUESTIONS = {"flush", "isatty", "fileno"}
ALLOWED = {"cli/output.py", "cli/__init__.py", "progress.py", "server/metrics.py"}
"""The modules that print, which escape what they are given (logs as JSON), and the one that flushes both streams."""


def test_no_other_module_prints() -> None:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name not in ALLOWED:
            found += [f"{name}:{line}" for line in _writing(ast.parse(path.read_text("utf-8")))]
    assert found == []


def test_the_test_finds_what_prints() -> None:
    calls = ("print(1)", "typer.echo(x)", "sys.stdout.write(x)", "Console()", "f(sys.stderr)")
    for code in (*calls, "from sys import stderr"):
        assert list(_writing(ast.parse(code))) == [1]
    assert list(_writing(ast.parse("sys.stdout.flush(); sys.stderr.isatty(); subprocess.run(x, stdout=1)"))) == []


def _writing(tree: ast.AST) -> Iterator[int]:
    """Yield the lines with a call that prints, or with a stream for anything but a question about it."""
    asked = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in QUESTIONS}
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if (isinstance(called, ast.Name) and called.id in WRITES) or (
            isinstance(called, ast.Attribute) and called.attr in WRITES
        ):
            yield called.lineno
        elif isinstance(node, ast.Attribute) and node.attr in STREAMS and id(node) not in asked:
            if isinstance(node.value, ast.Name) and node.value.id == "sys":
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "sys" and STREAMS & {one.name for one in node.names}:
            yield node.lineno
