"""The tutorials' two programs: that of askew has at most as many lines as that of the other library."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
ROW = re.compile(r"^\| \[[^]]+\]\(([\w-]+\.md)\) \| (\d+) \| ([^|]+) \| (\d+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """A row of the table: a page, the lines of both programs, and the other library."""

    page: str
    ours: int
    library: str
    theirs: int


JOBS = [
    Job(page, int(ours), library, int(theirs))
    for page, ours, library, theirs in ROW.findall((FOLDER / "index.md").read_text("utf-8"))
]


def lines(program: str) -> int:
    """Count the lines of a program, each statement on one, without comments and blank lines."""
    return sum(bool(line.strip()) for line in ast.unparse(ast.parse(program)).splitlines())


def whole_job(markdown: str) -> int:
    """Count the lines of the program under the heading "The whole job"; of commands, each is one."""
    part = re.split(r"^## ", markdown, flags=re.MULTILINE)
    (section,) = [one for one in part if one.startswith("The whole job")]
    language, block = re.findall(r"^```(python|sh)[^\n]*\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[0]
    return lines(block) if language == "python" else len(block.strip().splitlines())


def of_others(markdown: str) -> list[tuple[str, str]]:
    """Return the programs of other libraries, with the names of these."""
    return re.findall(r'^```python title="([^"]+)"\n(.*?)^```$', markdown, re.MULTILINE | re.DOTALL)


def test_there_are_ten_jobs_and_a_page_for_each() -> None:
    assert len(JOBS) == 10
    assert {job.page for job in JOBS} == {path.name for path in FOLDER.glob("*.md")} - {"index.md"}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.page)
def test_the_table_has_the_lines_of_both_programs_and_ours_are_no_more(job: Job) -> None:
    markdown = (FOLDER / job.page).read_text("utf-8")
    ((library, program),) = of_others(markdown)
    assert job == Job(job.page, whole_job(markdown), library, lines(program))
    assert job.ours <= job.theirs


def test_layout_comments_and_blank_lines_do_not_count() -> None:
    spread = "import a  # why\n\n\ndef f(\n    x,\n    y,\n):\n    # nothing\n    return (\n        x + y\n    )\n"
    assert lines(spread) == 3
    assert lines("a = 1; b = 2") == 2
    with pytest.raises(SyntaxError):
        lines("def f(:")
