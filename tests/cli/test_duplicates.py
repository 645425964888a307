from pathlib import Path

from helpers.cli import Here, refused

CSV = "id,question\na,How do I return a tent?\nb,How do I return a tent\nc,Are you open on Sunday?\n"


def test_a_file_of_questions(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(CSV)
    outcome = askew("duplicates", "q.csv", "--model", "hashing", "--threshold", "0.9")
    assert outcome.code == 0
    first, second, _, summary = outcome.out.splitlines()
    assert first == "1.000  a  How do I return a tent?"
    assert second == "       b  How do I return a tent"
    assert "All 3 possible pairs of 3 passages were compared, by cosine." in summary


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


def test_no_pair_is_exit_code_1_and_says_what_was_compared(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("red tents\nblue kayak\n")
    outcome = askew("duplicates", "q.txt", "--model", "hashing")
    assert outcome.code == 1
    assert outcome.out.startswith("0 pairs score 0.75 or more. All 1 possible pairs")


def test_an_asymmetric_index_compares_documents_and_says_so(askew: Here, handbook: Path) -> None:
    assert "asymmetric: its documents are compared" in askew("duplicates", "book", "--threshold", "0.1").err


def test_bad_use_is_refused(askew: Here, tmp_path: Path) -> None:
    refused(askew("duplicates", "none.csv"), "no file none.csv", "none.csv.askew")
    (tmp_path / "q.csv").write_text(CSV)
    refused(askew("duplicates", "q.csv", "--model", "hashing", "--threshold", "nan"), "threshold")
    refused(askew("duplicates", "q.csv", "--text-field", "body"), "body")
