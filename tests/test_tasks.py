import pytest

from askew.errors import UnknownNameError
from askew.tasks import TASKS, Kind, get
from askew.types import Role


def test_the_seven_tasks_and_their_kinds() -> None:
    assert {task.name: task.kind for task in TASKS} == {
        "duplicate-questions": Kind.SYMMETRIC,
        "paraphrase": Kind.SYMMETRIC,
        "near-duplicate": Kind.SYMMETRIC,
        "article-similarity": Kind.SYMMETRIC,
        "question-answering": Kind.ASYMMETRIC,
        "faq": Kind.BOTH,
        "enterprise-search": Kind.ASYMMETRIC,
    }


def test_a_symmetric_task_has_one_role() -> None:
    assert get("paraphrase").query_role is Role.DOCUMENT
    assert get("question-answering").query_role is Role.QUERY


def test_an_unknown_task_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean duplicate-questions"):
        get("duplicate-question")
