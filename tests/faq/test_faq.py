import math
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.counting import Counting
from helpers.shop import SHOP

from askew.errors import ContractError, InputError, StoreError
from askew.faq.entries import QuestionAnswer, as_answer
from askew.faq.estimate import estimate
from askew.faq.faq import NOTE, TOUCHED, VERSION, Faq, open_any
from askew.faq.reply import Reply
from askew.index import Index
from askew.paths import is_faq

NEW = QuestionAnswer("new", "Who answers the phone?", "The office does.")


def found(reply: Reply) -> list[str]:
    return [hit.entry.id for hit in reply.hits]


def test_a_message_is_answered_by_either_half(shop: Faq) -> None:
    [hit] = shop.ask("reset my password please", 1).hits
    assert (hit.entry, hit.channel) == (SHOP[0], "questions")
    [hit] = shop.ask("status page tracking number", 1).hits
    assert (hit.entry, hit.channel) == (SHOP[1], "answers")
    assert hit.standings["answers"].rank == 1


def test_both_halves_are_indexes_with_their_own_contract(shop: Faq) -> None:
    assert [index.contract.task for index in shop.channels.values()] == ["duplicate-questions", "question-answering"]
    with Index.open(shop.path / "answers") as answers:
        assert answers.search("small socket", 1)[0].document.id == "lamp"


def test_an_answer_is_given_once_however_many_questions_have_it(shop: Faq) -> None:
    hits = shop.ask("credit card", 5, threshold=0).hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert hits[0].entry.id == "card"
    assert "visa" not in [hit.entry.id for hit in hits]


def test_k_different_answers_are_found_beneath_many_copies_of_one(shop: Faq) -> None:
    shop.add([QuestionAnswer(f"copy{n}", f"Which bulb {n} fits?", "The same for all bulbs.") for n in range(150)])
    assert len(shop.ask("which bulb fits?", 5, threshold=0).hits) == 5


def test_what_nothing_answers_is_not_answered_but_has_neighbours(shop: Faq) -> None:
    reply = shop.ask("zebra quagga okapi", 2)
    assert reply.abstained
    assert reply.hits == ()
    assert len(reply.near) == 2
    assert found(shop.ask("zebra quagga okapi", 2, threshold=0)) == [hit.entry.id for hit in reply.near]


def test_a_higher_threshold_answers_less(shop: Faq) -> None:
    message = "is the parcel lost?"
    answers = [not shop.ask(message, threshold=score).abstained for score in (0, 0.25, 0.5, 0.75, 1)]
    assert answers == sorted(answers, reverse=True)
    [near] = shop.ask(message, 1).near
    assert shop.ask(message, threshold=near.score).hits[0].score == near.score
    assert shop.ask(message, threshold=min(1.0, near.score + 1e-9)).abstained


def test_filters_hold_in_both_halves(shop: Faq) -> None:
    for message in ("credit card", "every card"):
        hits = shop.ask(message, 5, where={"year": 2020}, threshold=0).hits
        assert [hit.entry.id for hit in hits] in (["visa", "track"], ["track", "visa"])


def test_bad_questions_are_refused(shop: Faq) -> None:
    with pytest.raises(InputError, match="empty"):
        shop.ask(" ")
    with pytest.raises(InputError, match=r"\bk\b"):
        shop.ask("x", 0)
    for threshold in (-0.1, 1.1, math.nan):
        with pytest.raises(InputError, match="threshold"):
            shop.ask("x", threshold=threshold)
    with pytest.raises(InputError, match=r"'a' .*answer"):
        shop.add([QuestionAnswer("a", "x", " ")])
    assert shop.unpaired() == []


def test_only_what_changed_is_encoded(shop: Faq, encoders: tuple[Counting, Counting]) -> None:
    for encoder in encoders:
        encoder.texts.clear()
    changed = replace(SHOP[1], answer="Look into the app.")
    added = shop.add([SHOP[0], changed, *SHOP[2:]])
    assert (added["questions"].changed, added["answers"].changed) == (0, 1)
    assert encoders[0].texts == []
    assert encoders[1].texts == ["Look into the app."]
    assert shop.ask("look into the app", 1).hits[0].entry == changed


def test_deleting_takes_both_halves_and_counts_entries(shop: Faq) -> None:
    assert shop.delete(["lamp", "nothing"]) == 1
    shop.questions.delete(["card"])
    assert shop.unpaired() == ["card"]
    assert shop.delete(["card"]) == 1
    assert shop.unpaired() == []
    assert "lamp" not in found(shop.ask("which bulb fits the lamp?", 5, threshold=0))


def test_the_estimate_is_kept_and_made_again_only_when_the_faq_has_grown(
    shop: Faq, encoders: tuple[Counting, Counting]
) -> None:
    noted = shop.answers.store.note(NOTE)
    shop.add([QuestionAnswer("sixth", "Is it gift wrapped?", "In paper.")])
    assert shop.answers.store.note(NOTE) == noted
    shop.add([QuestionAnswer("seventh", "Who sews the tents?", "A workshop in town.")])
    assert '"entries": 7' in shop.answers.store.note(NOTE)
    with Faq.open(shop.path, question_encoder=encoders[0], answer_encoder=encoders[1]) as reader:
        for encoder in encoders:
            encoder.texts.clear()
        reader.ask("Who sews?")
        assert [encoder.texts for encoder in encoders] == [["Who sews?"], ["Who sews?"]]


def test_another_encoder_is_refused(shop: Faq, encoders: tuple[Counting, Counting]) -> None:
    other = Counting(replace(encoders[0].signature, prompts={"query": "q: ", "document": "d: "}))
    with (
        Faq.open(shop.path, question_encoder=other, answer_encoder=encoders[1]) as opened,
        pytest.raises(ContractError, match="encoder"),
    ):
        opened.ask("x")


def test_a_folder_is_a_faq_or_an_index(shop: Faq, tmp_path: Path) -> None:
    Index.create(tmp_path / "index", "paraphrase", model="hashing").close()
    assert is_faq(shop.path)
    assert not is_faq(tmp_path / "index")
    with pytest.raises(StoreError, match="askew search"):
        Faq.open(tmp_path / "index")
    with pytest.raises(StoreError, match="askew index"):
        Faq.open(tmp_path / "nothing")
    with pytest.raises(StoreError, match="delete"):
        Faq.create(tmp_path / "index", question_model="hashing", answer_model="hashing")


def test_a_faq_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'nothing'"):
        Faq.create(tmp_path / "x", question_model="hashing", answer_model="nothing")
    assert list(tmp_path.iterdir()) == []


def test_discarding_leaves_no_folder(shop: Faq) -> None:
    shop.discard()
    assert not shop.path.exists()


def test_an_empty_faq_has_no_answer(tmp_path: Path) -> None:
    with Faq.create(tmp_path / "x", question_model="hashing", answer_model="hashing") as empty:
        assert empty.ask("anything").near == ()
        assert empty.check() == empty.unpaired() == []


WRITER = """
import sys
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
with Faq.open(sys.argv[1], writable=True) as faq:
    for version in range(1, 16):
        faq.add([QuestionAnswer(f"e{n}", f"question {n} v{version}", f"reply {n} v{version}") for n in range(12)])
"""


def test_a_reader_beside_a_writer_sees_entries_of_one_version(tmp_path: Path) -> None:
    entries = [QuestionAnswer(f"e{n}", f"question {n} v0", f"reply {n} v0") for n in range(12)]
    with Faq.create(tmp_path / "x", question_model="hashing", answer_model="hashing") as faq:
        faq.add(entries)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "x")])
    seen = set()
    with Faq.open(tmp_path / "x") as reader:
        while writer.poll() is None:
            pairs = {
                (hit.entry.question.split()[-1], hit.entry.answer.split()[-1])
                for hit in reader.ask("question 3 reply", 12, threshold=0).near
            }
            assert len(pairs) == 1, pairs
            [(question, answer)] = pairs
            assert question == answer
            seen.add(answer)
    assert writer.returncode == 0
    assert len(seen) > 1


def test_after_half_a_commit_no_question_is_paired_with_the_answer_of_another_version(shop: Faq) -> None:
    with shop.answers.check_writable().transaction():  # as if the writer had been killed before its second commit
        shop.answers.add([replace(as_answer(SHOP[0]), text="Call the office."), as_answer(NEW)])
        shop.answers.store.set_note(TOUCHED, '["login", "new"]')
        shop.answers.store.set_note(VERSION, "99")
    found = {hit.entry.id: hit.entry for hit in shop.ask("Call the office to reset my password", 9, threshold=0).near}
    assert "login" not in found
    assert found["new"].question == ""
    shop.add([replace(SHOP[0], answer="Call the office."), NEW])
    found = {hit.entry.id: hit.entry for hit in shop.ask("Call the office to reset my password", 9, threshold=0).near}
    assert (found["login"].question, found["login"].answer) == (SHOP[0].question, "Call the office.")
    assert found["new"] == NEW


def test_half_a_commit_stays_half_until_its_entries_are_added_again(shop: Faq) -> None:
    with shop.answers.check_writable().transaction():
        shop.answers.add([replace(as_answer(SHOP[0]), text="Call the office.")])
        shop.answers.store.set_note(TOUCHED, '["login"]')
        shop.answers.store.set_note(VERSION, "99")
    shop.add([NEW])
    found = {hit.entry.id for hit in shop.ask("Call the office to reset my password", 9, threshold=0).near}
    assert "login" not in found
    assert "new" in found
    shop.add([replace(SHOP[0], answer="Call the office.")])
    found = {hit.entry.id for hit in shop.ask("Call the office to reset my password", 9, threshold=0).near}
    assert {"login", "new"} <= found


def test_each_batch_counts_what_it_changed(shop: Faq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askew.faq.faq.BATCH", 1)
    edits = shop.settings()["entries changed or deleted"]
    changed = [replace(entry, answer=f"{entry.answer} Today.") for entry in SHOP[:2]]
    version, calls = shop._version, list[object]()

    def interrupted(ids: object) -> object:
        calls.append(ids)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return version(ids)  # type: ignore[arg-type]

    monkeypatch.setattr(shop, "_version", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shop.add(changed)
    assert int(str(shop.settings()["entries changed or deleted"])) == int(str(edits)) + 1


KILLED = """
import os, signal, sys
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
left = int(sys.argv[2])
def stop(step):
    global left
    left -= step.what == "documents"
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
with Faq.open(sys.argv[1], writable=True) as faq:
    faq.add([QuestionAnswer(f"e{n}", f"question number {n}", f"reply {n * 7}") for n in range(1200)], stop)
"""


@pytest.mark.parametrize("step", [1, 3, 5, 8, 11])
def test_a_killed_writer_leaves_nothing_that_cannot_be_asked_or_healed(tmp_path: Path, step: int) -> None:
    Faq.create(tmp_path / "x", question_model="hashing", answer_model="hashing").close()
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "x"), str(step)], check=False)
    assert run.returncode == -signal.SIGKILL
    with Faq.open(tmp_path / "x", writable=True) as faq:
        questions, answers = (index.sizes().documents for index in (faq.questions, faq.answers))
        assert questions <= answers
        assert len(faq.unpaired()) == answers - questions
        assert faq.check() == []
        if answers:
            found = [hit.entry for hit in faq.ask("question number 7", 5, threshold=0).hits]
            assert found
            number = [int(entry.answer.split()[-1]) // 7 for entry in found]
            assert all(entry.question in ("", f"question number {n}") for n, entry in zip(number, found, strict=True))
        entries = [QuestionAnswer(f"e{n}", f"question number {n}", f"reply {n * 7}") for n in range(1200)]
        added = faq.add(entries)
        assert (added["questions"].new, added["answers"].new) == (1200 - questions, 1200 - answers)
        assert faq.unpaired() == faq.check() == []
        assert faq.ask("question number 1199", 1).hits[0].entry == entries[1199]


def test_the_estimate_is_made_again_where_the_entries_changed_and_their_number_did_not(shop: Faq) -> None:
    noted = shop.answers.store.note(NOTE)
    shop.add([replace(SHOP[0], question="Is there a way to reset my password?")])
    assert shop.answers.store.note(NOTE) == noted
    shop.add([replace(entry, question=f"Is there a way to pay number {n}?") for n, entry in enumerate(SHOP)])
    assert shop.answers.store.note(NOTE) != noted
    assert shop.answers.store.note(NOTE) == estimate(shop.questions, shop.answers).as_text()


def test_what_one_half_would_refuse_is_stored_in_neither(shop: Faq) -> None:
    for bad in (QuestionAnswer("bad", "half \ud800", "Yes."), QuestionAnswer("bad", "Really?", "half \ud800")):
        with pytest.raises(InputError):
            shop.add([bad])
        assert shop.unpaired() == []
        assert shop.answers.sizes().documents == len(SHOP)


def test_either_kind_is_opened_by_name(shop: Faq, tmp_path: Path) -> None:
    Index.create(tmp_path / "book", "question-answering", model="hashing").close()
    assert (is_faq(shop.path), is_faq(tmp_path / "shop"), is_faq(tmp_path / "book"), is_faq(tmp_path / "none")) == (
        True,
        True,
        False,
        False,
    )
    with open_any(tmp_path / "book", writable=True) as book, open_any(shop.path) as faq:
        assert (type(book), type(faq)) == (Index, Faq)
    with pytest.raises(InputError):
        Index.open(shop.path)


def test_an_index_for_the_task_is_a_faq_with_one_model(tmp_path: Path) -> None:
    with Index.create(tmp_path / "help", "faq", model="hashing") as made:
        assert isinstance(made, Faq)
        assert {index.contract.encoder.model for index in made.channels.values()} == {"hashing"}
    with pytest.raises(InputError):
        Index.create(tmp_path / "other", "faq", model="hashing", policy="chunk")
    assert not (tmp_path / "other.askew").exists()


def test_entries_may_be_records(tmp_path: Path) -> None:
    records = [{"id": "a", "question": "Is it open?", "answer": "Until six.", "year": 2024}]
    with Faq.create(tmp_path / "x", model="hashing") as faq:
        assert faq.add(records)["answers"].new == 1
        assert faq.add(QuestionAnswer("a", "Is it open?", "Until six.", {"year": 2024}))["answers"].unchanged == 1
        assert faq.add({"question": "Is it far?", "answer": "Ten minutes."})["questions"].new == 1
        with pytest.raises(InputError):
            faq.add(["Is it open?"])


def test_a_faq_is_opened_or_created_and_must_match(tmp_path: Path) -> None:
    with Faq.open_or_create(tmp_path / "x", question_model="hashing", answer_model="hashing") as faq:
        faq.add(SHOP)
    with Faq.open_or_create(tmp_path / "x", answer_model="hashing") as faq:
        assert faq.answers.sizes().documents == len(SHOP)
    with pytest.raises(ContractError):
        Faq.open_or_create(tmp_path / "x", precision="int8")
    Faq.open(tmp_path / "x", writable=True).close()
