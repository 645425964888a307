from pathlib import Path

import pytest

from askew import tasks
from askew.errors import InputError, UnknownNameError
from askew.models import cards
from askew.types import Role

MINIMAL = """
name = "mine"
summary = "s"
architecture = "bert"
pooling = "mean"
normalised = true
similarity = "dot"
dim = 3
max_tokens = 8
languages = ["en"]
licence = "MIT"
commercial = true
size_mb = 1
tasks = ["faq"]
verified = false
checked = "not at all"
"""


@pytest.mark.parametrize("name", cards.names())
def test_every_card_is_sound(name: str) -> None:
    card = cards.get(name)
    assert card.name == name
    assert set(card.tasks) <= {task.name for task in tasks.TASKS}
    assert set(card.prompts) <= {"default", *(task.name for task in tasks.TASKS)}
    assert all(len(digest) == 64 for digest in card.files.values())
    assert all(len(golden.vector) >= 16 for golden in card.golden)
    assert bool(card.files) == bool(card.hub or card.package)
    if card.files:
        assert {"model.safetensors", "tokenizer.json", "config.json"} <= set(card.files)
        assert card.golden


def test_the_models_that_tasks_choose_have_cards() -> None:
    assert {task.model for task in tasks.TASKS} <= set(cards.names())


def test_an_unknown_model_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean all-MiniLM-L6-v2"):
        cards.get("all-MiniLM-L6")
    with pytest.raises(UnknownNameError):
        cards.get("../cards/hashing")


def test_a_card_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINIMAL + '[prompts.default]\nquery = "q: "\n[prompts.faq]\nquery = "f: "\ndocument = "d: "\n')
    card = cards.load(file)
    assert cards.prompts_for(card, "faq") == {Role.QUERY: "f: ", Role.DOCUMENT: "d: "}
    assert cards.prompts_for(card, "paraphrase") == {Role.QUERY: "q: "}
    with pytest.raises(InputError, match="cannot be read"):
        cards.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("dim = 3", ""), "the key 'dim' is missing"),
        (("dim = 3", 'dim = "3"'), "dim: '3' is of the wrong type"),
        (("dim = 3", "dim = true"), "dim: True is of the wrong type"),
        (("dim = 3", "dim = 3\ncolour = 1"), "unknown key 'colour'"),
        (('"dot"', '"euclid"'), "'euclid' is none of cosine, dot"),
        (("dim = 3", "dim = "), "no valid TOML"),
        (('["en"]', "[1]"), "languages: 1 is of the wrong type"),
    ],
)
def test_what_is_wrong_with_a_card_is_named(change: tuple[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cards.parse(MINIMAL.replace(*change), "my card")
