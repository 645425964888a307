from itertools import combinations
from pathlib import Path

import pytest

from askew import Index, duplicates
from askew.dedup import boilerplate as module
from askew.dedup.boilerplate import without_boilerplate

REQUESTS = [
    "Where has my sofa gone?",
    "Please repeat the bill for May.",
    "Can we move the delivery to Friday?",
    "One of the four chairs came without a leg.",
    "Do you take old wardrobes away?",
    "I no longer want your catalogue.",
]
FOOTER = (
    "Kind regards\nJo Stone, furniture desk\nOakline plc, 7 Mill Lane, entered in the register at Leeds\n"
    "What stands in this letter is for its reader alone. If that is not you, tell us and throw it away."
)
MAILS = [f"{request}\n\n{FOOTER}\n" for request in REQUESTS]
MODEL = {"model": "all-MiniLM-L6-v2", "task": "near-duplicate", "threshold": 0.75}


def ends(found: object) -> set[frozenset[str]]:
    return {frozenset((pair.a, pair.b)) for pair in found}  # type: ignore[attr-defined]


def test_mails_under_one_footer_are_compared_by_what_they_ask() -> None:
    whole, found = duplicates(MAILS, **MODEL, boilerplate=False), duplicates(MAILS, **MODEL)
    assert ends(whole) == {frozenset(map(str, two)) for two in combinations(range(6), 2)}
    assert ends(found) == set()
    assert (whole.boilerplate.texts, found.boilerplate.texts) == (0, 6)
    assert found.boilerplate.runs == (" ".join(FOOTER.split()),)
    assert found.kept == MAILS


@pytest.mark.parametrize("groups", [False, True])
def test_a_mail_without_its_footer_is_a_pair_but_not_safe_to_remove(groups: bool) -> None:
    found = duplicates([*MAILS, REQUESTS[3]], **MODEL, groups=groups)
    assert ends(found) == {frozenset("36")}
    assert (found[0].text_a, found[0].text_b) == (MAILS[3], REQUESTS[3])  # whole, as labels and people see them
    assert found[0].score == pytest.approx(1.0)
    assert found.removed == ()


def test_a_text_of_boilerplate_only_keeps_it() -> None:
    found = without_boilerplate([*MAILS, FOOTER, f"7\n{FOOTER}", f"Dear Al,\n{FOOTER}"])
    assert list(found.texts) == [*REQUESTS, FOOTER, f"7\n{FOOTER}", f"Dear Al,\n{FOOTER}"]
    assert found.boilerplate.texts == 6


def test_boilerplate_is_that_of_both_sides(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("text\n" + '"' + MAILS[2] + '"\n')
    found = duplicates(MAILS, against=file, **MODEL)
    assert [pair.a for pair in found] == ["2"]
    assert found[0].text_b.startswith(REQUESTS[2])
    assert found.boilerplate.texts == 6


def test_indexes_are_compared_as_they_are(tmp_path: Path) -> None:
    with Index.create(tmp_path / "mails", "near-duplicate", model="hashing") as index:
        index.add(MAILS)
        assert index.duplicates(0.5).boilerplate.texts == 0
        assert duplicates(MAILS, against=index, task="near-duplicate", model="hashing").boilerplate.texts == 0


def test_cached_vectors_are_of_the_texts_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "mails.csv"
    file.write_text("text\n" + "".join(f'"{mail}"\n' for mail in MAILS))
    asked = {"model": "hashing", "task": "duplicate-questions", "threshold": -1.0}
    whole, bare, again = (duplicates(file, **asked, boilerplate=keep) for keep in (False, True, False))
    scores = [{frozenset((pair.a, pair.b)): pair.score for pair in one} for one in (whole, bare, again)]
    assert scores[0] == scores[2]
    assert all(scores[1][pair] < score for pair, score in scores[0].items())


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(REQUESTS, id="nothing shared"),
        pytest.param([f"Dear Ms {name},\n{FOOTER}" for name in ("Al", "Bo", "Cy", "Di", "Ed", "Flo")], id="salutation"),
        pytest.param(MAILS[:4], id="too few"),
        pytest.param([], id="none"),
        pytest.param(
            [f"No. {n}.\nYour chair left our store today and is on its way to you.\nNo. {n}." for n in range(30)],
            id="only values left",
        ),
        pytest.param(
            [f"Dear all, chair {n} is ready. You can take it home on day {n}. Thank you for waiting so long for it."
             for n in range(30)],
            id="a template",
        ),
        pytest.param(
            [f"What is the best way to learn to play the {name} without a teacher at home?" for name in
             ("piano", "drum", "harp", "flute", "horn", "tuba")],
            id="words within a sentence",
        ),
        pytest.param([f"{request} {'It was said again and again. ' * 40}" for request in REQUESTS], id="an article"),
    ],
)  # fmt: skip
def test_texts_without_boilerplate_stay_as_they_are(texts: list[str]) -> None:
    found = without_boilerplate(texts)
    assert list(found.texts) == texts
    assert found.boilerplate == module.Boilerplate()


def test_edited_copies_of_one_text_stay_whole() -> None:
    story = [
        "The old mill at the river bend was sold to a young couple.",
        "They want to bake bread there and open a small shop.",
        "The first loaves will be sold before the end of summer.",
    ]
    texts = []
    for n in range(9):
        words = story[n % 3].split()
        words[3 + n // 3] = "dusty"
        texts.append(" ".join([*story[: n % 3], " ".join(words), *story[n % 3 + 1 :]]))
    assert list(without_boilerplate(texts).texts) == texts


@pytest.mark.parametrize(
    ("mails", "left"),
    [
        ([f"{text} -- Yours, Jo Stone, Oakline plc, furniture desk, Mill Lane, Leeds." for text in REQUESTS], REQUESTS),
        ([f"{text}\nWritten on the train" for text in REQUESTS] + REQUESTS, REQUESTS * 2),
        ([f"This form was sent from the pages of Oakline plc:\n{text}" for text in REQUESTS], REQUESTS),
        ([f"{text}\nCase {n}: please write this number in all your letters to us." for n, text in enumerate(REQUESTS)],
         REQUESTS),
    ],
    ids=["on one line", "a short last line", "above", "with a value"],
)  # fmt: skip
def test_boilerplate_has_many_forms(mails: list[str], left: list[str]) -> None:
    assert list(without_boilerplate(mails).texts) == left


def test_a_common_request_is_not_taken_for_a_part_of_the_footer() -> None:
    names = ["".join(two).capitalize() for two in combinations("abeilnorst", 3)]
    asked = [f"It is {name} here again.\nPlease cancel it.\n{FOOTER}" for name in names[:25]]
    others = [f"My {name} chair is now broken.\n{FOOTER}" for name in names[25:]]
    found = without_boilerplate([*asked, *others])
    assert found.texts[0] == "It is Abe here again.\nPlease cancel it."
    assert found.boilerplate.texts == len(names)


def test_chinese_sentences_need_no_spaces() -> None:
    asked = ["我的沙发在哪里？", "请再寄一次账单。", "可以改天送货吗？", "椅子少了一条腿。", "你们回收旧柜子吗？"]
    footer = "本邮件仅供收件人阅读，如果您不是收件人，请删除邮件并通知我们。"
    assert list(without_boilerplate([text + footer for text in asked]).texts) == asked
