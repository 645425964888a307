"""Once the model is here, no command opens a network connection: sockets are forbidden, and everything still works."""

import subprocess
import sys
from pathlib import Path

import pytest

FORBIDDEN = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        sys.stderr.write(f"NETWORK {event} {arguments!r}\\n")
        raise PermissionError(f"the network is forbidden: {event} {arguments!r}")

sys.addaudithook(refuse)
"""
RUN = FORBIDDEN + "\nfrom askew.cli import main\nsys.argv[0] = 'askew'\nmain()\n"

COMMANDS = [
    ["demo"],
    ["tasks"],
    ["models", "list"],
    ["models", "show", "all-MiniLM-L6-v2"],
    ["models", "check", "all-MiniLM-L6-v2"],
    ["models", "pull", "all-MiniLM-L6-v2"],
    ["index", "book", "rows.jsonl", "--task", "question-answering"],
    ["search", "book", "tents", "--mode", "hybrid"],
    ["similar", "book", "tents"],
    ["duplicates", "book", "--threshold", "0.1"],
    ["duplicates", "rows.jsonl", "--threshold", "0.1"],
    ["cluster", "book", "--clusters", "2"],
    ["map", "book", "--clusters", "2", "--out", "map.html"],
    ["show", "book"],
    ["check", "book"],
    ["eval", "book", "--queries", "asked.csv", "--qrels", "qrels.tsv"],
    ["recommend", "--corpus", "rows.jsonl", "--queries", "asked.csv", "--qrels", "qrels.tsv"],
    ["calibrate", "book"],
    ["migrate", "book", "--precision", "int8", "--switch"],
    ["delete", "book", "a"],
]


def test_no_command_needs_the_network(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "text": "red tents"}\n{"id": "b", "text": "blue tents"}\n')
    (tmp_path / "asked.csv").write_text("id,text\nq,a tent that is red\n")
    (tmp_path / "qrels.tsv").write_text("q\ta\t1\n")
    for command in COMMANDS:
        run = subprocess.run([sys.executable, "-c", RUN, *command], cwd=tmp_path, capture_output=True, text=True)
        assert run.returncode == 0, (command, run.stderr)
        assert "NETWORK" not in run.stderr, command


def test_the_hook_would_catch_a_connection() -> None:
    attempt = FORBIDDEN + "\nimport socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    run = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "NETWORK socket." in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux")
def test_a_cold_search_without_any_network_interface(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "text": "red tents"}\n')
    askew = Path(sys.executable).with_name("askew")
    script = f"'{askew}' index book rows.jsonl --task question-answering && '{askew}' search book 'tents for camping'"
    try:
        probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not here")
    if probe.returncode:
        pytest.skip("this user may not make a network namespace")
    run = subprocess.run(["unshare", "-n", "bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "red tents" in run.stdout
