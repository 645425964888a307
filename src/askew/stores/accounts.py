"""Truncation queries on the catalogue: tokens per document, and how many of them the encoder saw."""

import sqlite3

from askew.stores import Account

PAGE = 1000
COLUMNS = "id, tokens, seen, passages"


def losers(connection: sqlite3.Connection, limit: int) -> list[Account]:
    query = f"""SELECT {COLUMNS} FROM documents WHERE seen < tokens
                ORDER BY tokens - seen DESC, tokens DESC, id LIMIT ?"""
    return [Account(*row) for row in connection.execute(query, (max(limit, 0),))]


def page(connection: sqlite3.Connection, after: int, last: int) -> tuple[list[Account], int]:
    """Return one page of accounts with `after` < number <= `last`, and the cursor for the next page (`last` at the
    end).
    """
    query = f"SELECT number, {COLUMNS} FROM documents WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"
    rows = connection.execute(query, (after, last, PAGE)).fetchall()
    return [Account(*row[1:]) for row in rows], rows[-1][0] if len(rows) == PAGE else last
