"""Connections and tasks: lost workers, tasks that always fail, other versions, and what cannot be reached."""

import os
import signal
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from helpers.cli import Here, refused

from askew.errors import ContractError, Difference, InputError, ModelError, ResourceError
from askew.jobs.cluster import RETRIES, Node, RayCluster, Refusal, check_nodes, check_on, connected, perform
from askew.version import __version__

pytestmark = [pytest.mark.alone, pytest.mark.filterwarnings("ignore::ResourceWarning")]
HERE = ".".join(map(str, sys.version_info[:3]))


@pytest.fixture
def askew(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Here:
    monkeypatch.chdir(tmp_path)
    return Here(monkeypatch, capsys)


def test_tasks_of_a_killed_node_are_done_elsewhere(nodes: Any, cluster: RayCluster) -> None:
    def work(number: int) -> tuple[int, str]:
        import time

        import ray

        time.sleep(0.2)
        return number, ray.get_runtime_context().get_node_id()

    found = []
    with nodes.another() as node:
        for _, (number, where) in cluster.run(work, deque((number,) for number in range(40))):
            found.append((number, where))
            if where == node.node_id and node.live_processes():
                [raylet] = [one for name, one in node.live_processes() if name == "raylet"]
                os.kill(raylet.pid, signal.SIGKILL)
    assert sorted(number for number, _ in found) == list(range(40))
    assert 0 < sum(where == node.node_id for _, where in found) < 20


def test_a_task_that_fails_every_time_ends_the_job(cluster: RayCluster, tmp_path: Path) -> None:
    log = tmp_path / "attempts"

    def die(path: str) -> None:
        import os

        with open(path, "a") as file:  # noqa: PTH123  # sent as code
            file.write("x")
        os._exit(1)

    with pytest.raises(ResourceError, match=f"all {RETRIES + 1} attempts"):
        list(cluster.run(die, deque([(str(log),)])))
    assert len(log.read_text()) == RETRIES + 1


def test_errors_of_ours_arrive_as_they_are(cluster: RayCluster) -> None:
    def refuse(kind: str) -> None:
        from askew.errors import ContractError, Difference, InputError, UnknownNameError

        if kind == "unknown":
            raise UnknownNameError("model", "x", ["y"])
        if kind == "contract":
            raise ContractError("Not the same.", [Difference("dim", "1", "2")])
        if kind == "memory":
            raise MemoryError
        if kind == "bug":
            raise KeyError("lost")
        raise InputError("No.", ["  a row"])

    def raised(kind: str) -> Any:
        with pytest.raises(Exception) as caught:  # noqa: PT011  # which kind is what is tested
            list(cluster.run(refuse, deque([(kind,)])))
        return caught.value

    assert isinstance(raised("unknown"), InputError)
    assert raised("input").lines == ("No.", "  a row")
    assert raised("contract").differences == (Difference("dim", "1", "2"),)
    assert isinstance(raised("memory"), ResourceError)
    assert isinstance(raised("bug"), ResourceError)


def test_what_is_no_longer_wanted_is_cancelled(cluster: RayCluster, tmp_path: Path) -> None:
    def touch(path: str) -> None:
        import time
        from pathlib import Path

        time.sleep(0.2)
        Path(path).touch()

    tasks = deque((str(tmp_path / str(number)),) for number in range(30))
    next(cluster.run(touch, tasks))
    time.sleep(1.5)
    assert 0 < len(list(tmp_path.iterdir())) < 10


def test_another_version_is_refused_with_its_node() -> None:
    mine = Node("a", 4.0, HERE, __version__)
    check_nodes([mine], "ray")
    for other in (Node("b", 4.0, HERE, "0.0.1"), Node("b", 4.0, HERE, ""), Node("b", 4.0, "3.1.0", __version__)):
        with pytest.raises(InputError) as caught:
            check_nodes([mine, other], "ray")
        assert len(caught.value.lines) == 2
        assert caught.value.lines[1].strip().startswith("b:")
    with pytest.raises(InputError):
        check_nodes([], "ray")
    assert isinstance(perform("0.0.1", len, ("abc",)), Refusal)
    assert perform(__version__, len, ("abc",)) == 3


def test_a_refusal_keeps_the_kind_of_an_error() -> None:
    assert isinstance(Refusal("ModelError", ("x",)).error(), ModelError)
    assert isinstance(Refusal("ContractError", ("x",)).error(), ContractError)
    assert type(Refusal("UnknownNameError", ("x",)).error()) is InputError


@pytest.mark.parametrize(
    "wrong", ["", "dask", "ray://", "ray://host", "ray://host:0", "ray://host:x", "ray://h:123456", 7, True, []]
)
def test_a_wrong_place_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        check_on(wrong)


def test_where_nothing_listens_the_command_says_so(askew: Here) -> None:
    Path("q.csv").write_text("id,text\n1,a tent\n2,a red tent\n")
    begun = time.monotonic()
    refused(askew("duplicates", "q.csv", "--model", "hashing", "--on", "ray://127.0.0.1:1"), "ray://127.0.0.1:1")
    asked = ("--task", "question-answering", "--model", "hashing", "--on", "ray://127.0.0.1:1")
    refused(askew("index", "book", "q.csv", *asked), "ray://127.0.0.1:1")
    assert not Path("book.askew").exists()
    refused(askew("index", "help", "q.csv", "--task", "faq", "--on", "ray"), "--on")
    refused(askew("duplicates", "q.csv", "--on", "spark"), "ray://HOST:10001")
    assert time.monotonic() - begun < 30


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, askew: Here) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    Path("q.csv").write_text("id,text\n1,a tent\n2,a red tent\n")
    refused(askew("duplicates", "q.csv", "--model", "hashing", "--on", "ray"), "pip install 'askew[ray]'")


def test_a_second_connection_of_a_process_is_refused(nodes: Any, cluster: RayCluster) -> None:
    with pytest.raises(InputError), connected(f"ray://127.0.0.1:{nodes.client}"):
        pass
