import pytest

from askew.errors import UnknownNameError
from askew.models import cards
from askew.reproduction.datasets import RETRIEVAL, catalogue, figures, get, plain

MINILM = cards.get("all-MiniLM-L6-v2")


def test_the_default_model_has_a_published_figure_on_every_set() -> None:
    assert [known.name for known in catalogue() if not figures(MINILM, known)] == []
    assert {figure.source for known in catalogue() for figure in figures(MINILM, known)} == {
        "embeddings-benchmark/results@f4cc6c8b"
    }


def test_a_set_is_known_by_its_name_and_by_its_folders() -> None:
    assert get("sick-r") == get("SICK") == get("SICK-R")
    assert get("STS2012-en-test").name == "STS12"
    assert get("fiqa").name == "FiQA2018"
    with pytest.raises(UnknownNameError, match="SciFact"):
        get("scifacts")


def test_no_folder_stands_for_two_sets_and_each_is_written_plainly() -> None:
    folders = [folder for known in catalogue() for folder in known.folders]
    assert len(folders) == len(set(folders))
    assert folders == [plain(folder) for folder in folders]


def test_what_the_measures_need_is_there() -> None:
    for known in catalogue():
        assert known.texts
        if known.kind == RETRIEVAL:
            assert known.queries
            assert known.drop_identical
        elif known.name.startswith("STS1"):
            assert known.parts


def test_a_figure_of_another_measure_is_not_the_sets() -> None:
    assert figures(cards.get("hashing"), get("SciFact")) == []
