import re
from importlib import resources
from pathlib import Path

import pytest

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models import cards
from askew.models.choice import MODEST, Limits, choose, contests, mismatch, models, recommended
from askew.tasks import TASKS, Kind


def names(task: str, limits: Limits = Limits()) -> list[str]:  # noqa: B008  # it is frozen
    return [choice.card.name for choice in choose(task, limits)]


def warnings(task: str, name: str) -> str:
    return " | ".join(next(choice for choice in choose(task) if choice.card.name == name).warnings)


def test_limits_leave_out_what_they_say() -> None:
    assert all(choice.card.size_mb <= 200 for choice in choose("faq", Limits(max_mb=200)))
    assert "dpr-single-nq" in names("question-answering")
    assert "dpr-single-nq" not in names("question-answering", Limits(commercial=True))
    german = choose("question-answering", Limits(("de", "en")))
    assert german[0].card.name.startswith("multilingual-e5")
    assert all({"de", "en"} <= set(choice.card.languages) or "any" in choice.card.languages for choice in german)


def test_offline_leaves_what_is_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "own_cards", lambda: tmp_path)
    assert names("faq", Limits(offline=True)) == ["all-MiniLM-L6-v2"]


def test_services_come_after_models_that_cost_nothing() -> None:
    for task in ("question-answering", "paraphrase"):
        made = [choice.card.hosted is not None for choice in choose(task) if task in choice.card.tasks]
        assert made == sorted(made)
        assert any(made)


def test_the_recommended_model_suits_the_task_and_the_language_and_runs_here() -> None:
    for task in TASKS:
        for languages in (("en",), ("de",), ("ja", "en")):
            card = recommended(task.name, Limits(languages)).card
            assert set(languages) <= set(card.languages)
            assert task.name in card.tasks
            assert {task.kind, card.trained} != {Kind.SYMMETRIC, Kind.ASYMMETRIC}
            assert (card.hosted, card.needs_torch, card.commercial) == (None, False, True)
            assert card.size_mb <= MODEST
    assert recommended("question-answering").card.name == "mdbr-leaf-ir"


def test_a_retired_service_says_until_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = resources.files("askew.models").joinpath("cards/voyage-3.5.toml").read_text("utf-8")
    monkeypatch.setattr(paths, "own_cards", lambda: tmp_path)
    own = text.replace('name = "voyage-3.5"', 'name = "leaving"\nretires = "2027-01-31"', 1)
    (tmp_path / "leaving.toml").write_text(own)
    assert "2027-01-31" in warnings("faq", "leaving")
    assert next(facts.retires for facts in models() if facts.name == "leaving") == "2027-01-31"
    (tmp_path / "leaving.toml").write_text(own.replace("2027-01-31", "2025-01-31"))
    assert "no longer" in warnings("faq", "leaving")
    (tmp_path / "leaving.toml").write_text(own.replace("2027-01-31", "31 January 2027"))
    with pytest.raises(InputError, match="retires"):
        cards.get("leaving")


def test_nothing_left_is_an_error_that_says_what_to_loosen() -> None:
    with pytest.raises(InputError, match="--max-mb"):
        choose("faq", Limits(languages=("tlh",), max_mb=1, offline=True))
    with pytest.raises(UnknownNameError):
        choose("fak")


def test_those_made_for_the_task_come_before_others() -> None:
    made = [
        task_named
        for choice in choose("question-answering")
        for task_named in ["question-answering" in choice.card.tasks]
    ]
    assert made == sorted(made, reverse=True)


def test_reasons_carry_the_figures_behind_them() -> None:
    [first, *_] = choose("question-answering")
    assert any("points" in reason and "SciFact" in reason for reason in first.reasons)


def test_the_wrong_kind_is_warned_of_with_its_cost() -> None:
    found = warnings("question-answering", "paraphrase-MiniLM-L6-v2")
    assert re.search(r"\bsymmetric .*question-answering is asymmetric.* \d+\.\d points", found)
    assert re.search(r"\basymmetric .*paraphrase is symmetric", warnings("paraphrase", "multi-qa-MiniLM-L6-cos-v1"))


def test_a_licence_against_commercial_use_is_said() -> None:
    assert "CC-BY-NC-4.0" in warnings("question-answering", "dpr-multiset")


def test_the_rule_is_no_law_and_the_figures_say_so() -> None:
    contest = next(c for c in contests("question-answering") if c.by_the_rule == "multi-qa-MiniLM-L6-cos-v1")
    assert contest.against_the_rule == "all-MiniLM-L6-v2"
    assert ("SciFact", 0.64508, pytest.approx(0.5403, abs=1e-3)) in contest.won
    assert "TRECCOVID" in [name for name, _, _ in contest.lost]
    assert contests("faq") == []


def test_a_mismatch_is_told_for_one_model_too() -> None:
    found = mismatch(cards.get("paraphrase-MiniLM-L6-v2"), "question-answering")
    assert re.search(r"\bsymmetric .* \d+\.\d points", found)
    assert mismatch(cards.get("multi-qa-MiniLM-L6-cos-v1"), "question-answering") == ""
    assert mismatch(cards.get("e5-small-v2"), "paraphrase") == ""
    assert mismatch(cards.get("hashing"), "paraphrase") == ""


def test_models_are_facts_by_name_and_task() -> None:
    found = models()
    assert [facts.name for facts in found] == cards.names()
    hashing = next(facts for facts in found if facts.name == "hashing")
    assert (hashing.similarity, hashing.dim, hashing.here, hashing.kind) == ("cosine", 512, True, "bi-encoder")
    assert {facts.name for facts in models("faq")} == {facts.name for facts in found if "faq" in facts.tasks}
    with pytest.raises(UnknownNameError):
        models("faqs")
