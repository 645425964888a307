"""The project file: what answers make of it, what it may hold, and that nothing in it is lost."""

from pathlib import Path

import pytest

from askew.errors import AskewError, InputError, UnknownNameError
from askew.project import Project, planned, read, task_for, write
from askew.tasks import TASKS


@pytest.mark.parametrize(
    ("purpose", "task"),
    [
        ("search documents", "enterprise-search"),
        ("find things in our staff handbook", "enterprise-search"),
        ("Answer questions for an LLM (RAG)", "question-answering"),
        ("a support bot", "faq"),
        ("find duplicates", "near-duplicate"),
        ("find duplicate questions", "duplicate-questions"),
        ("related articles", "article-similarity"),
        *((task.name, task.name) for task in TASKS),
    ],
)
def test_plain_words_name_a_task(purpose: str, task: str) -> None:
    assert task_for(purpose) == task


@pytest.mark.parametrize("purpose", ["", "make coffee", "researching"])
def test_words_that_say_nothing_are_refused(purpose: str) -> None:
    with pytest.raises(UnknownNameError):
        task_for(purpose)


def test_the_language_decides_the_model(tmp_path: Path) -> None:
    english = planned([str(tmp_path)], "search", "English")
    assert (english.languages, english.model) == (("en",), "")
    german = planned([str(tmp_path)], "search", "German, en")
    assert german.languages == ("de", "en")
    from askew.models import cards

    assert {"de", "en"} <= set(cards.get(german.model).languages)


@pytest.mark.parametrize(("paths", "language"), [(["no-such-place"], "en"), (["."], "Klingonese"), (["."], " , ")])
def test_answers_that_cannot_be_used(paths: list[str], language: str) -> None:
    with pytest.raises(InputError):
        planned(paths, "search", language)


ODD = 'a "quoted" \\ name\x7f\x01 ü 😀'


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    given = Project(ODD, (ODD, "docs"), "faq", ("de", "en"), ODD, {"precision": "int8", "chunk_tokens": 128})
    write(given, tmp_path)
    assert read(tmp_path) == given


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    project = Project("book", ("docs",), "faq")
    path = write(project, tmp_path)
    path.write_text(mine := path.read_text() + "# mine\n")
    with pytest.raises(InputError, match="--force"):
        write(project, tmp_path)
    assert path.read_text() == mine
    write(project, tmp_path, force=True)
    assert "# mine" not in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


GOOD = 'name = "book"\npaths = ["docs"]\ntask = "faq"\n'


@pytest.mark.parametrize(
    "text",
    [
        "name = ",
        'paths = ["docs"]\ntask = "faq"\n',
        GOOD.replace('"book"', "3"),
        GOOD.replace('"book"', '""'),
        GOOD.replace('["docs"]', "[]"),
        GOOD.replace('["docs"]', '"docs"'),
        GOOD.replace("faq", "fqa"),
        GOOD + 'modle = "x"\n',
        GOOD + "[options]\nchunk_tokens = true\n",
        GOOD + '[options]\nchunk_tokens = "9"\n',
        GOOD + "[options]\nkeep = true\n",
        GOOD + "options = 3\n",
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "askew.toml").write_text(text)
    with pytest.raises(AskewError):
        read(tmp_path)
    (tmp_path / "askew.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(InputError):
        read(tmp_path)
