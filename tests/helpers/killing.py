"""Processes that migrate, search or write until they are killed, and that say what they do, line by line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MIGRATE = """
import sys
from askew.migration.change import ContractChange
from askew.migration.steps import begin, both, build, place_of_next, switch
from askew.migration.parity import keep, parity
from askew.migration.parity import own_queries

def told(step):
    print(step.what, step.done, flush=True)

name, card = sys.argv[1:]
begin(name, ContractChange(model=card))
build(name, report=told)
with both(name) as (old, new):
    print("replaying 0", flush=True)
    keep(place_of_next(name), parity(old, new, own_queries(old), report=told))
print("switching 0", flush=True)
switch(name, report=told, wait=60)
print("switched 0", flush=True)
"""

MOVE = """
import sys
from askew.migration.change import ContractChange
from askew.migration.steps import begin, build, state, switch

def told(step):
    print(step.what, step.done, flush=True)

name, store = sys.argv[1:]
if state(name).kept is None:
    begin(name, ContractChange(store=store))
    print("created 0", flush=True)
    build(name, report=told)
    print("switching 0", flush=True)
    switch(name, report=told, wait=60)
print("switched 0", flush=True)
"""

SEARCH = """
import json, sys
from askew.index import Index
from helpers.to_migrate import answer

name, queries = sys.argv[1], json.loads(sys.argv[2])
first = Index.open(name)
turn = 0
while True:
    query = turn % len(queries)
    with Index.open(name) as index:
        print(json.dumps(["now", query, answer(index, queries[query])]), flush=True)
    if turn % 20 == 0:
        print(json.dumps(["first", query, answer(first, queries[query])]), flush=True)
    turn += 1
"""

WRITE = """
import json, sys
from askew.index import Index
from askew.types import Document

turn = 0
while True:
    with Index.open(sys.argv[1], writable=True, wait=60) as index:
        for _ in range(3):
            changed = {f"d{turn * 13 % 2000}": f"changed red tent {turn}", f"w{turn}": f"written blue map {turn}"}
            gone = [f"d{turn * 7 % 2000}", f"w{turn - 9}"]
            print(json.dumps({**changed, **dict.fromkeys(gone)}), flush=True)
            index.add([Document(id, text) for id, text in changed.items()])
            index.delete(gone)
            print("null", flush=True)
            turn += 1
"""

STOPPED = """
import os, signal, sys
from askew.migration import steps

name, step, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
FILES = ("steps.py", "catch_up.py", "versions.py", "paths.py", "writer.py", "catalog.py")
lines = 0

def line(frame, event, argument):
    global lines
    lines += event == "line"
    if lines == limit:
        os.kill(os.getpid(), signal.SIGKILL)
    return line

def call(frame, event, argument):
    return line if frame.f_code.co_filename.endswith(FILES) and "askew" in frame.f_code.co_filename else None

sys.settrace(call)
getattr(steps, step)(name)
sys.settrace(None)
print(lines)
"""
"""Takes one step of a migration, and kills itself before so many lines of the code that takes it."""


@contextmanager
def running(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Killed at the end, if it still runs then."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def said(out: str) -> list[Any]:
    """Every whole line as the JSON that it is; the last may be torn."""
    return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]
