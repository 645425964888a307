import math
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from helpers.first_text_index import first_version

from askew.errors import StoreError
from askew.stores import text
from askew.stores.text import Found, TextIndex

DOCUMENTS = {0: "the cat sat on the mat", 1: "the cat and the other cat", 2: "a dog"}
K1, B = 1.2, 0.75


def indexed(texts: Mapping[int, str], language: str = "", folder: Path | None = None) -> TextIndex:
    index = TextIndex(folder, language)
    index.add(sorted(texts.items()))
    index.commit()
    return index


def search(
    index: TextIndex, query: str, k: int = 10, base: int = 0, rows: int = 10, kept: Iterable[int] | None = None
) -> Found:
    """Of `rows` rows those in `kept`, or all."""
    mask = np.zeros(rows, np.bool_)
    mask[slice(None) if kept is None else list(kept)] = True
    return index.search(query, k, base, mask)


def keys(found: Found) -> list[int]:
    return found.keys.tolist()


def bm25(query: str, texts: Mapping[int, str]) -> dict[int, float]:
    """By the book, with the words split at spaces, and articles looked up only where there is nothing else."""
    words = {key: text.split() for key, text in texts.items()}
    average = sum(map(len, words.values())) / len(words)
    scores: Counter[int] = Counter()
    for word in [word for word in query.split() if word not in ("the", "a")] or query.split():
        having = [key for key in words if word in words[key]]
        rarity = math.log(1 + (len(words) - len(having) + 0.5) / (len(having) + 0.5))
        for key in having:
            often = words[key].count(word)
            length = 1 - B + B * len(words[key]) / average
            scores[key] += rarity * often * (K1 + 1) / (often + K1 * length)
    return scores


@pytest.mark.parametrize("query", ["cat", "the cat", "dog", "mat dog", "cat cat mat", "other a sat", "the", "cow dog"])
def test_scores_are_those_of_the_formula(query: str) -> None:
    found = search(indexed(DOCUMENTS), query)
    expected = bm25(query, DOCUMENTS)
    assert keys(found) == sorted(expected, key=lambda key: (-expected[key], key))
    assert found.scores.tolist() == pytest.approx([expected[key] for key in keys(found)], rel=1e-5)
    assert (found.keys.dtype, found.scores.dtype) == (np.int64, np.float32)


def test_scores_do_not_depend_on_how_many_commits_brought_the_passages() -> None:
    index = TextIndex(None, "")
    for key, words in DOCUMENTS.items():
        index.add([(key, words)])
        index.commit()
    assert search(index, "the cat dog").scores.tolist() == pytest.approx(
        search(indexed(DOCUMENTS), "the cat dog").scores.tolist()
    )


def test_no_more_than_k_are_found_and_they_are_the_best() -> None:
    index = indexed({i: "cat " * (i % 7 + 1) + "dog " * 5 for i in range(50)})
    everything = search(index, "cat", 50, rows=50)
    assert len(everything.keys) == 50
    for k in (1, 3, 49):
        found = search(index, "cat", k, rows=50)
        assert found.scores.tolist() == everything.scores[:k].tolist()
    assert keys(search(index, "cat", 0, rows=50)) == []


def test_equal_scores_come_by_key() -> None:
    index = indexed(dict.fromkeys((3, 5, 8, 9), "cat"))
    assert keys(search(index, "cat")) == [3, 5, 8, 9]
    assert keys(search(index, "cat", 2)) == [3, 5]
    assert keys(search(index, "cat", 2, kept=[5, 8, 9])) == [5, 8]


@pytest.mark.parametrize("few", [0, 1, 1000])
@pytest.mark.parametrize("base", [0, 40])
def test_only_kept_passages_are_found_whether_named_or_sifted(
    few: int, base: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few = 0 the worst hundred are kept, so that the hits must be widened to the last."""
    monkeypatch.setattr(text, "FEW", few)
    texts = {base + i: "cat " * (300 - i) + "dog" for i in range(300)}
    index, scores = indexed(texts), bm25("cat", texts)
    for kept in (range(200, 300), range(0, 300, 3), [7], [299], range(300)):
        best = sorted(kept, key=lambda row: -scores[base + row])
        for k in (1, 5, 100, 400):
            found = search(index, "cat", k, base, 300, kept)
            expected = best[:k]
            # The length of a passage is kept in eight bits, so that neighbours may score the same.
            assert len(found.keys) == len(expected)
            assert set(keys(found)) <= {base + row for row in kept}
            assert found.scores.tolist() == pytest.approx([scores[base + row] for row in expected], rel=0.01)
            assert (np.diff(found.scores) <= 0).all()


def test_naming_and_sifting_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    words = ["cat", "dog", "mat", "sat", "cow"]
    index = indexed({i: " ".join(rng.choice(words, rng.integers(1, 30))) for i in range(400)})
    for share in (0.01, 0.2, 0.9):
        kept = np.flatnonzero(rng.random(400) < share)
        for query in ("cat", "cat dog cow", "mat mat sat"):
            monkeypatch.setattr(text, "FEW", 1000)
            named = search(index, query, 400, rows=400, kept=kept)
            monkeypatch.setattr(text, "FEW", 0)
            sifted = search(index, query, 400, rows=400, kept=kept)
            assert keys(named) == keys(sifted)
            assert named.scores.tolist() == sifted.scores.tolist()


@pytest.mark.parametrize("few", [0, 1000])
def test_passages_outside_the_rows_are_not_found(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "FEW", few)
    index = indexed(dict.fromkeys(range(10), "cat"))
    assert keys(search(index, "cat", base=4, rows=3)) == [4, 5, 6]
    assert keys(search(index, "cat", base=8, rows=50)) == [8, 9]
    assert keys(search(index, "cat", base=20, rows=5)) == []
    assert keys(search(index, "cat", rows=0)) == []
    assert keys(search(index, "cat", kept=[])) == []


def test_other_passages_of_the_index_do_count_for_how_rare_a_word_is() -> None:
    """As in Elasticsearch: a filter changes what is found, not what a word weighs."""
    index = indexed(DOCUMENTS)
    alone = search(index, "cat", kept=[1])
    assert keys(alone) == [1]
    assert alone.scores.tolist() == search(index, "cat", k=1).scores.tolist()


def test_english_words_are_brought_to_their_stems() -> None:
    index = indexed({0: "Running cats", 1: "organisation"}, "english")
    for query in ("run", "runs", "CAT", "cats'"):
        assert keys(search(index, query)) == [0], query


def test_without_a_language_every_word_is_as_it_is() -> None:
    index = indexed({0: "running cats", 1: "run cat"})
    assert keys(search(index, "running")) == keys(search(index, "cats")) == [0]
    assert keys(search(index, "cat")) == [1]


@pytest.mark.parametrize("language", ["English", "german", "none"])
def test_a_language_that_is_not_known_is_refused(language: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"'{language}'.*'english'"):
        TextIndex(tmp_path / "text", language)
    assert not (tmp_path / "text").exists()


def test_case_and_accents_do_not_matter() -> None:
    index = indexed({0: "Café Müller", 1: "STRAẞE", 2: "Ærø"})
    for query in ("cafe", "CAFÉ", "müller", "Muller"):
        assert keys(search(index, query)) == [0], query
    assert keys(search(index, "strasse")) == [1]
    assert keys(search(index, "aero")) == [2]


def test_accents_that_are_characters_of_their_own_do_not_matter_either() -> None:
    index = indexed({0: "re\u0301sume\u0301", 1: "résumé"})
    assert keys(search(index, "resume")) == keys(search(index, "re\u0301sume\u0301")) == [0, 1]


def test_words_of_any_script_are_found() -> None:
    index = indexed({0: "мама мыла раму", 1: "東京 大阪", 2: "٣ كتاب", 3: "x2 3d"})
    for query, key in (("МЫЛА", 0), ("大阪", 1), ("كتاب", 2), ("3D", 3)):
        assert keys(search(index, query)) == [key]


@pytest.mark.parametrize("query", ["", " ", "?!", "*", '"', "...", "🎉", "()", "-", "\0", "\n"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    found = search(indexed({0: "cat ?! * 🎉", 1: ""}), query)
    assert (found.keys.shape, found.scores.shape) == ((0,), (0,))
    assert (found.keys.dtype, found.scores.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat AND dog", [0, 1, 2]),  # "and" is a word that only passage 2 has
        ('cat AND "', [0, 2]),
        ('"cat dog"', [0, 1]),
        ("-cat", [0]),
        ("+dog -cat", [0, 1]),
        ("NOT cat", [0, 3]),
        ("text:cat", [0, 3]),
        ("title:", []),
        ("key:0", []),
        ("c*", []),
        ("*", []),
        ("cat^9", [0]),
        ("cat~2", [0]),
        ("[cat TO dog]", [0, 1]),
        ("(cat", [0]),
        ("cat\\", [0]),
        ("cat OR", [0]),
        ("/c.t/", []),
        ("'; DROP TABLE", []),
    ],
)
def test_a_query_has_no_syntax_it_is_only_words(query: str, expected: list[int]) -> None:
    index = indexed({0: "cat", 1: "dog", 2: "and", 3: "not text"})
    assert sorted(keys(search(index, query))) == expected


def test_a_word_of_a_whole_line_is_left_out_and_the_others_are_found() -> None:
    index = indexed({0: "x" * 100_000 + " cat", 1: "y" * (text.LONGEST_WORD - 1)})
    assert keys(search(index, "cat")) == [0]
    assert keys(search(index, "x" * 100_000)) == []
    assert keys(search(index, "y" * (text.LONGEST_WORD - 1))) == [1]


def test_a_query_of_very_many_words() -> None:
    assert keys(search(indexed(DOCUMENTS), " ".join(f"w{i}" for i in range(5000)) + " dog")) == [2]


def test_end_is_one_more_than_the_greatest_key() -> None:
    index = TextIndex(None, "")
    assert index.end() == 0
    assert index.keys().tolist() == []
    for key in (0, 1, 7, 2**40):
        index.add([(key, "")])
        index.commit()
        assert index.end() == key + 1
    assert index.keys().tolist() == [0, 1, 7, 2**40]


def test_keys_of_many_commits_come_in_order() -> None:
    index = TextIndex(None, "")
    for start in range(0, 100, 5):
        index.add([(start + i, f"w{start + i}") for i in range(5)])
        index.commit()
    assert index.keys().tolist() == list(range(100))
    assert index.end() == 100
    assert all(keys(search(index, f"w{i}", rows=100)) == [i] for i in range(100))


def test_forget_from_takes_out_that_key_and_all_greater_ones() -> None:
    index = indexed(dict.fromkeys(range(10), "cat"))
    index.forget_from(6)
    assert index.end() == 10  # not before the commit
    index.commit()
    assert index.end() == 6
    assert index.keys().tolist() == keys(search(index, "cat")) == [0, 1, 2, 3, 4, 5]
    index.forget_from(6)
    index.commit()
    assert index.end() == 6
    index.forget_from(0)
    index.commit()
    assert index.end() == 0


def test_what_is_added_after_forgetting_stays() -> None:
    index = indexed(dict.fromkeys(range(10), "old"))
    index.forget_from(5)
    index.add([(5, "new"), (6, "new")])
    index.commit()
    assert index.keys().tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert keys(search(index, "new")) == [5, 6]
    assert keys(search(index, "old")) == [0, 1, 2, 3, 4]


def test_nothing_is_visible_before_the_commit() -> None:
    index = indexed({0: "cat"})
    index.add([(1, "cat")])
    assert keys(search(index, "cat")) == [0]
    index.reload()
    assert keys(search(index, "cat")) == [0]
    index.commit()
    assert keys(search(index, "cat")) == [0, 1]


def test_rollback_drops_what_was_added_and_forgotten_and_adding_goes_on() -> None:
    index = indexed({0: "cat", 1: "cat"})
    index.add([(2, "half")])
    index.forget_from(1)
    index.rollback()
    index.add([(2, "whole")])
    index.commit()
    assert index.keys().tolist() == [0, 1, 2]
    assert keys(search(index, "half")) == []
    assert keys(search(index, "whole")) == [2]


def test_rollback_of_nothing_is_nothing() -> None:
    index = TextIndex(None, "")
    index.rollback()
    index.add([(0, "cat")])
    index.commit()
    assert index.end() == 1


def test_what_was_committed_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    index = indexed(DOCUMENTS, "english", tmp_path / "text")
    before = search(index, "cats")
    index.add([(9, "cat")])  # never committed
    del index
    again = TextIndex(tmp_path / "text", "english")
    assert again.end() == 3
    assert keys(search(again, "cats")) == keys(before) == [1, 0]
    assert search(again, "cats").scores.tolist() == before.scores.tolist()
    again.add([(3, "cats")])
    again.commit()
    assert keys(search(again, "cat"))[0] == 3


def test_a_second_reader_sees_what_was_committed_after_reload(tmp_path: Path) -> None:
    writer = indexed({0: "cat"}, folder=tmp_path / "text")
    reader = TextIndex(tmp_path / "text", "")
    writer.add([(1, "cat")])
    writer.commit()
    assert keys(search(reader, "cat")) == [0]
    reader.reload()
    assert keys(search(reader, "cat")) == [0, 1]
    writer.forget_from(0)
    writer.commit()
    assert keys(search(reader, "cat")) == [0, 1]
    reader.reload()
    assert keys(search(reader, "cat")) == []


def test_a_second_writer_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first = indexed({0: "cat"}, folder=tmp_path / "text")
    second = TextIndex(tmp_path / "text", "")
    with pytest.raises(StoreError, match="Cannot write the text index"):
        second.add([(1, "dog")])
    first.add([(1, "cat")])
    first.commit()
    assert first.end() == 2


@contextmanager
def full_disk(left: int) -> Iterator[None]:
    """A limit on the size of files stands in for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_commit_that_fails_is_an_error_of_the_store_and_the_next_one_works(tmp_path: Path) -> None:
    index = indexed({0: "cat"}, folder=tmp_path / "text")
    with full_disk(5000):
        index.add((i, f"w{i}") for i in range(1, 3000))
        with pytest.raises(StoreError, match="Nothing was stored"):
            index.commit()
    index.rollback()
    index.add([(1, "cat")])
    index.commit()
    assert index.keys().tolist() == keys(search(index, "cat")) == [0, 1]


def test_an_addition_that_fails_is_an_error_of_the_store_and_the_next_one_works(tmp_path: Path) -> None:
    def passages() -> Iterator[tuple[int, str]]:
        yield 1, "cat"
        time.sleep(0.5)  # until tantivy's thread has failed
        yield 2, "cat"

    index = indexed({0: "cat"}, folder=tmp_path / "text")
    with full_disk(50), pytest.raises(StoreError, match="Cannot write the text index"):
        index.add(passages())
    index.rollback()
    index.add([(1, "cat")])
    index.commit()
    assert index.keys().tolist() == [0, 1]


def test_an_index_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert keys(search(indexed(DOCUMENTS), "dog")) == [2]
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_index_is_an_error_of_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "text"
    indexed(DOCUMENTS, folder=folder)
    (folder / "meta.json").write_text("{")
    with pytest.raises(StoreError, match=f"{folder}: "):
        TextIndex(folder, "")


def test_an_index_whose_files_are_gone_is_an_error_of_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "text"
    indexed(DOCUMENTS, folder=folder)
    for file in folder.iterdir():
        if file.suffix not in (".json", ".lock"):
            file.unlink()
    with pytest.raises(StoreError, match=f"{folder}: "):
        TextIndex(folder, "")


def test_where_no_folder_can_be_the_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "text", tmp_path / "missing" / "text"):
        with pytest.raises(StoreError, match=f"{folder}: "):
            TextIndex(folder, "")


def test_an_index_of_the_first_version_is_read_by_its_own_rules(tmp_path: Path) -> None:
    first_version(tmp_path / "text", DOCUMENTS)
    reader = TextIndex(tmp_path / "text", "", existing=True)
    assert reader.end() == 3
    assert keys(search(reader, "the cat")) == [1, 0]
    assert search(reader, "the cat").scores[0] == pytest.approx(1.196, abs=1e-3)  # "the" counts there


def test_a_writer_refuses_an_index_of_the_first_version_and_so_builds_it_anew(tmp_path: Path) -> None:
    first_version(tmp_path / "text", DOCUMENTS)
    with pytest.raises(StoreError, match="schema"):
        TextIndex(tmp_path / "text", "")


def test_endings_of_other_scripts_are_taken_off_whatever_the_language() -> None:
    index = indexed({0: "книги", 1: "книжка", 2: "δρόμοι", 3: "الكتب"})
    for query, key in (("книга", 0), ("δρόμος", 2), ("كتب", 3)):
        assert keys(search(index, query)) == [key]
