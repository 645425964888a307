import csv
import json
from pathlib import Path

import pytest
from helpers import tiny_families
from helpers.card import MINIMAL
from helpers.cli import Here, refused

from askew.compare import duplicates
from askew.documents.read import read
from askew.models import cards

CSV = "id,question\na,How do I return a tent?\nb,How do I return a tent\nc,Are you open on Sunday?\n"
TENTS = (
    "id,question,price,added\n"
    "a,red tents on a hill,3,2024-01-01\nb,Red tents on a hill!,5,2024-03-01\nc,red tents on the hill,4,2024-02-01\n"
    "d,no red tents on a hill,9,2024-01-01\ne,soup of the day,1,2024-01-01\n"
)


@pytest.fixture
def tents(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text(TENTS)
    return tmp_path


def mined(askew: Here, *more: str):
    return askew("duplicates", "t.csv", "--model", "hashing", "--threshold", "0.6", *more)


def test_a_file_of_questions(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(CSV)
    outcome = askew("duplicates", "q.csv", "--model", "hashing", "--threshold", "0.9")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "1.000  identical  a  How do I return a tent?",
        "                  b  How do I return a tent",
        "",
        "1 pair scores 0.9 or more: 1 identical.",
        "All 3 possible pairs of 3 texts were compared, by cosine.",
    ]


def test_the_evidence_of_a_verdict_is_marked_and_given(askew: Here, tents: Path) -> None:
    shown = mined(askew).out
    assert "contradicts" in shown
    assert "[no]" in shown
    found = mined(askew, "--json").json
    kinds = {(pair["a"]["id"], pair["b"]["id"]): pair["verdict"]["kind"] for pair in found["pairs"]}
    assert kinds[("a", "b")] == "identical"
    assert {kinds[(one, "d")] for one in "abc"} == {"contradicts"}
    [pair] = [pair for pair in found["pairs"] if (pair["a"]["id"], pair["b"]["id"]) == ("a", "d")]
    assert "no" in [pair["b"]["text"][start:end] for start, end in pair["b"]["evidence"]]
    assert found["compared"] == found["certificate"]["possible"] == 10
    assert found["layers"] == {"identical": 1, "shingles": 0, "semantic": len(found["pairs"]) - 1}


def test_lines_of_a_plain_file_and_of_stdin_are_texts(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("red tents\nblue kayak\n\nred tents\n")
    found = askew("duplicates", "q.txt", "--model", "hashing", "--json").json
    assert [(pair["a"]["id"], pair["b"]["id"]) for pair in found["pairs"]] == [("q.txt:1", "q.txt:4")]
    piped = askew("duplicates", "-", "--model", "hashing", "--json", stdin="red tents\nred tents\n")
    assert len(piped.json["pairs"]) == 1


def test_an_index_and_a_filter(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("id,question,shop\na,red tents,1\nb,red tents,1\nc,red tents,2\n")
    askew("index", "x", "q.csv", "--task", "duplicate-questions", "--model", "hashing")
    assert len(askew("duplicates", "x", "--json").json["pairs"]) == 3
    assert len(askew("duplicates", "x", "--where", '{"shop": 1}', "--json").json["pairs"]) == 1
    shown = askew("duplicates", "x", "--limit", "1").out
    assert "… and 2 more" in shown


def test_against_another_file_or_an_index(askew: Here, tents: Path) -> None:
    (tents / "other.csv").write_text("id,question\nz,RED TENTS on a hill\n")
    found = mined(askew, "--against", "other.csv", "--json").json
    assert {(pair["a"]["id"], pair["b"]["id"]) for pair in found["pairs"]} >= {("a", "z"), ("b", "z")}
    assert found["compared"] == 5
    askew("index", "x", "other.csv", "--task", "duplicate-questions", "--model", "hashing")
    assert mined(askew, "--against", "x", "--json").json["pairs"] == found["pairs"]


def test_top_k_and_shingles(askew: Here, tents: Path) -> None:
    every, best = mined(askew, "--json").json["pairs"], mined(askew, "--top-k", "1", "--json").json["pairs"]
    assert 0 < len(best) < len(every)
    assert mined(askew, "--shingles", "0.3", "--json").json["layers"]["shingles"] > 0


def test_groups_have_ids_and_say_who_speaks_for_them(askew: Here, tents: Path) -> None:
    shown = mined(askew, "--groups").out
    assert shown.startswith("g000001  3 texts\n")
    assert "1 group: 2 of 5 texts say again what another says." in shown
    [group] = mined(askew, "--groups", "--json").json["groups"]
    assert (group["id"], group["members"]) == ("g000001", ["a", "b", "c"])
    assert group["representative"] in group["members"]
    [larger] = mined(askew, "--groups", "--labels", "identical", "--labels", "contradicts", "--json").json["groups"]
    assert larger["members"] == ["a", "b", "d"] or "d" in larger["members"]
    assert group["scores"]["c"]["label"] == "near-identical"


def test_groups_chain_by_choice_only(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("red tents hill\nred tents hill lake road\nlake road red\n")
    given = ("duplicates", "q.txt", "--model", "hashing", "--threshold", "0.72", "--json")
    assert [sorted(one["members"]) for one in askew(*given, "--chain").json["groups"]] == [
        ["q.txt:1", "q.txt:2", "q.txt:3"]
    ]
    strict = askew(*given, "--strict")
    assert [len(one["members"]) for one in strict.json["groups"]] == [2]
    assert strict.json == askew(*given, "--groups").json
    assert "--chain" in strict.err
    assert "--strict" not in askew("duplicates", "--help").out


def test_pairs_and_groups_as_tables(askew: Here, tents: Path) -> None:
    mined(askew, "--out", "pairs.jsonl")
    rows = [json.loads(line) for line in (tents / "pairs.jsonl").read_text().splitlines()]
    assert {row["verdict"] for row in rows} >= {"identical", "contradicts"}
    mined(askew, "--groups", "--out", "groups.csv")
    assert len((tents / "groups.csv").read_text().splitlines()) == 4


def test_tables_have_the_numbers_of_the_rows_and_the_other_columns(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text('text,price\n"red tents,\nnew",1\nsoup,2\n"Red tents, new",3\n')
    given = ("duplicates", "q.csv", "--model", "hashing", "--out")
    askew(*given, "pairs.jsonl")
    [pair] = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert (pair["row_a"], pair["row_b"], pair["a.price"], pair["b.price"]) == (2, 4, 1, 3)
    askew(*given, "groups.jsonl", "--groups")
    rows = [json.loads(line) for line in (tmp_path / "groups.jsonl").read_text().splitlines()]
    assert [(row["row"], row["price"], row["score"], row["label"]) for row in rows] == [
        (2, 1, 1, "identical"),
        (4, 3, 1, "identical"),
    ]


def test_other_formats_of_a_table_are_refused(askew: Here, tents: Path) -> None:
    refused(mined(askew, "--out", "pairs.doc"), ".parquet")


def test_a_review_ends_in_labelled_pairs(askew: Here, tents: Path) -> None:
    arguments = ["duplicates", "t.csv", "--model", "hashing", "--threshold", "0.6", "--review", "labels.jsonl"]
    asked = len(mined(askew, "--json").json["pairs"])
    assert askew(*arguments, "--out", "labels.csv", stdin="y\nn\nq\n").code == 0
    labelled = (tents / "labels.csv").read_text().splitlines()
    assert labelled[0] == "text1,text2,label,a,b,score"
    assert [line.split(",")[2] for line in labelled[1:]] == ["1", "0"]
    again = askew(*arguments, stdin="q\n").out
    assert f"{asked - 2} left" in again


def test_a_cross_encoder_for_duplicates_gives_a_second_opinion(
    askew: Here, tents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tents / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tents / "cards"))
    tiny_families.save("bert", tents / "reader", labels=1)
    files = "".join(f'"{name}" = ""\n' for name in ("model.safetensors", "tokenizer.json", "config.json"))
    for name, activation in (("reader", "sigmoid"), ("ranker", "identity")):
        facts = f'kind = "cross-encoder"\nactivation = "{activation}"\nfolder = "."\n[files]\n{files}'
        card = MINIMAL.replace('"mine"', f'"{name}"').replace("max_tokens = 8", "max_tokens = 24")
        (tents / "reader" / "card.toml").write_text(card + facts)
        outcome = mined(askew, "--cross-encoder", "reader/", "--json")
        if activation == "identity":
            refused(outcome, "ranker", "sigmoid")
        else:
            assert [pair["verdict"]["kind"] for pair in outcome.json["pairs"]].count("identical") == 1


def test_a_model_of_inference_labels_pairs_and_makes_none_safe_to_remove(
    askew: Here, tents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tents / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tents / "cards"))
    tiny_families.save("bert", tents / "nli", labels=3)
    files = "".join(f'"{name}" = ""\n' for name in ("model.safetensors", "tokenizer.json", "config.json"))
    facts = 'kind = "cross-encoder"\nactivation = "identity"\nlabels = ["neutral", "contradiction", "entailment"]\n'
    card = MINIMAL.replace('"mine"', '"nli"').replace("max_tokens = 8", "max_tokens = 24")
    (tents / "nli" / "card.toml").write_text(f'{card}{facts}folder = "."\n[files]\n{files}')
    outcome = mined(askew, "--cross-encoder", "nli/", "--json")
    assert [pair["verdict"]["kind"] for pair in outcome.json["pairs"]].count("identical") == 1
    assert (
        mined(askew, "--clean", "plain.csv").code == mined(askew, "--cross-encoder", "nli", "--clean", "nli.csv").code
    )
    assert (tents / "nli.csv").read_bytes() == (tents / "plain.csv").read_bytes()
    assert askew("index", "shop", "t.csv", "--task", "duplicate-questions", "--model", "hashing").code == 0
    refused(askew("search", "shop", "a tent", "--rerank-model", "nli"), "rerank", "nli")


def test_no_pair_is_exit_code_1_and_says_what_was_compared(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("red tents\nblue kayak\n")
    outcome = askew("duplicates", "q.txt", "--model", "hashing")
    assert outcome.code == 1
    assert outcome.out.startswith("0 pairs score 0.75 or more.\nAll 1 possible pairs of 2 texts")
    assert askew("duplicates", "q.txt", "--model", "hashing", "--groups").code == 1


def test_an_asymmetric_index_compares_documents_and_says_so(askew: Here, handbook: Path) -> None:
    told = askew("duplicates", "book", "--threshold", "0.1").err
    assert "asymmetric: documents are compared with each other, as documents" in told


def test_the_former_name_of_labels_still_works_with_a_note(askew: Here, tents: Path) -> None:
    now = mined(askew, "--groups", "--labels", "contradicts", "--json")
    former = mined(askew, "--groups", "--same", "contradicts", "--json")
    assert former.json == now.json
    assert "--labels" in former.err
    assert "--labels" not in now.err
    assert "--same" not in askew("duplicates", "--help").out


def test_bad_use_is_refused(askew: Here, tents: Path) -> None:
    refused(askew("duplicates", "none.csv"), "no file none.csv", "none.csv.askew")
    refused(mined(askew, "--threshold", "nan"), "threshold")
    refused(mined(askew, "--shingles", "2"), "--shingles")
    refused(mined(askew, "--labels", "alike"), "label")
    refused(mined(askew, "--role", "query"), "role")
    refused(mined(askew, "--keep", "newest", "--clean", "x.csv"), "field")
    refused(mined(askew, "--against", "t.csv", "--groups"), "--against")
    refused(mined(askew, "--review", "x", "--groups"), "--review")
    refused(mined(askew, "--where", "{}", "--where", '{"a": 1}'), "--where")
    refused(askew("duplicates", "t.csv", "--text-field", "body"), "body")
    assert not (tents / "x.csv").exists()


def test_truncated_texts_are_reported(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(f"{'word ' * (cards.get('hashing').max_tokens + 1)}\nsoup\n")
    assert "1 of 2 texts" in askew("duplicates", "t.txt", "--model", "hashing").err


def test_the_command_and_the_function_find_the_same(askew: Here, tents: Path) -> None:
    printed = mined(askew, "--json").json
    found = duplicates(tents / "t.csv", model="hashing", threshold=0.6)
    assert [(pair["score"], pair["verdict"]["kind"], pair["a"]["id"]) for pair in printed["pairs"]] == [
        (pair.score, pair.label, pair.a) for pair in found
    ]
    groups = mined(askew, "--groups", "--json").json["groups"]
    assert [(group["id"], tuple(group["members"])) for group in groups] == [
        (group.id, group.members) for group in found.groups
    ]


def test_skipped_rows_are_reported(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,text\na,red tents\nb,\nc,Red tents\n")
    outcome = askew("duplicates", "t.csv", "--model", "hashing", "--skip-bad", "--json")
    assert "t.csv:3" in outcome.err
    assert len(outcome.json["pairs"]) == 1


def test_ids_that_look_like_formulas_are_the_same_when_a_table_of_ours_is_read_again(
    askew: Here, tmp_path: Path
) -> None:
    ids = ["=cmd|calc!A0", "+2", "-x", "@y", "'=z", "\tw"]
    rows = [{"id": id, "text": f"=1 how do I reset it{'?' * place}", "n": "-5"} for place, id in enumerate(ids)]
    (tmp_path / "signs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    given = ("duplicates", "signs.jsonl", "--model", "hashing", "--threshold", "0.9")
    assert askew(*given, "--groups", "--out", "groups.csv").code == 0
    with (tmp_path / "groups.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [f"'{id}" for id in ids]
    documents = read(["groups.csv"]).documents
    assert [(document.id, document.text) for document in documents] == [(row["id"], row["text"]) for row in rows]
    assert askew(*given, "--clean", "clean.jsonl").code == 0
    assert (tmp_path / "clean.jsonl").read_text() == f"{json.dumps(rows[0])}\n"


def test_boilerplate_is_left_out_and_said(askew: Here, tmp_path: Path) -> None:
    lines = (
        "Where is it?",
        "Please send one more bill.",
        "It came broken on Monday.",
        "Do you open late?",
        "Stop it now.",
    )
    footer = "Kind regards, Jo Stone, Oakline plc, furniture desk, Mill Lane, Leeds."
    (tmp_path / "m.txt").write_text("".join(f"{line} -- {footer}\n" for line in lines))
    asked = ("duplicates", "m.txt", "--model", "hashing", "--threshold", "0.5")
    shown, kept = askew(*asked), askew(*asked, "--keep-boilerplate")
    assert (shown.code, kept.code) == (1, 0)
    assert footer.rstrip(".") in shown.out.splitlines()[-2]
    assert footer.rstrip(".") not in kept.out.splitlines()[-2]
    found = [askew(*asked, "--json", *more).json["boilerplate"] for more in ((), ("--keep-boilerplate",))]
    assert found == [{"texts": 5, "runs": [footer]}, {"texts": 0, "runs": []}]
