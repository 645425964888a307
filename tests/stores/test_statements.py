import sqlite3

import pytest

from askew.stores.statements import CHUNK, chunks, marks, select


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_chunks_are_the_whole_in_order_and_none_is_too_large(count: int) -> None:
    parts = list(chunks(range(count)))
    assert [value for part in parts for value in part] == list(range(count))
    assert all(0 < len(part) <= CHUNK for part in parts)


def test_each_value_is_asked_for_once_and_none_is_part_of_the_statement() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    names = [f"n{i}" for i in range(2 * CHUNK)]
    connection.executemany("INSERT INTO t VALUES (?)", [(name,) for name in [*names, "'); DROP TABLE t; --"]])
    found = [a for (a,) in select(connection, "SELECT a FROM t WHERE a IN ({})", [*names, *names, "none"])]
    assert sorted(found) == sorted(names)
    [(hostile,)] = select(connection, "SELECT a FROM t WHERE a IN ({})", ["'); DROP TABLE t; --"])
    assert hostile.startswith("')")
    assert list(select(connection, "SELECT a FROM t WHERE a IN ({})", [])) == []
    assert marks("abc") == "?,?,?"
    connection.close()
