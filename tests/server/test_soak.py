"""The short form of benchmarks/soak.py: reads and writes at full load, and a kill in between."""

import socket
from argparse import Namespace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MINUTES = 0.25


def test_nothing_acknowledged_is_lost_and_nothing_half_done_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import soak

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = Namespace(minutes=MINUTES, kills=1, readers=4, writers=2, model="hashing", port=port)
    record, *_ = soak.run(tmp_path, options)
    assert not record.faults
    assert record.counts["writes"] > 5
    assert record.counts["unanswered reads"] > 0  # the kill
    assert all(record.counts[kind] > 5 for kind in ("documents", "lexical", "dense", "hybrid"))
