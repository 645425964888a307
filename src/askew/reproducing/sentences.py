"""A set of sentence pairs with what people said of how similar they are, in the layouts in which such sets come.

test.jsonl.gz, .jsonl, .parquet, .tsv, .csv     a heading, sentence1 and sentence2 or text1 and text2, score (the hub)
sts-test.csv                                    STS benchmark: tabs, no heading; score is column 5, then the texts
STS.input.X.txt, STS.gs.X.txt                   SemEval 2012 to 2016: tabs; a line without a score is not judged
SICK.txt; SICK_train, _trial, _test_annotated   sentence_A, sentence_B, relatedness_score; all parts together count
"""

from collections.abc import Callable, Sequence
from functools import partial

from askew.documents.tables import table
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, pairs_of
from askew.reproducing.places import Folder
from askew.reproducing.rows import files, rows, text
from askew.reproducing.sets import Published

HUB = ("test.senteval-tokenised", "test", "pairs")
"""MTEB has SemEval's years as SentEval tokenises them: that form first where there are both."""
STS_BENCHMARK = "sts-test.csv"
YEARS = ("STS", "STS2012", "STS2013", "STS2014", "STS2015", "STS2016")
SICK = (("SICK.txt",), ("SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt"), ("SICK_test_annotated.txt",))

Reader = Callable[[], list[LabelledPair]]


def readers(folder: Folder, published: Published) -> list[Reader]:
    """For each layout in which the set lies here a function that reads it."""
    found: list[Reader] = []
    for stem in HUB:
        parts = files(folder, stem)
        if parts:
            found.append(partial(_headed, parts))
    benchmark = folder.joinpath(STS_BENCHMARK)
    if benchmark.is_file():
        found.append(partial(_benchmark, benchmark))
    year = _year(folder, published.parts)
    if year:
        found.append(partial(_judged, year))
    sick = next((names for names in SICK if _all(folder, names)), ())
    if sick:
        found.append(partial(_sick, [folder.joinpath(name) for name in sick]))
    return found


def _headed(parts: Sequence[Folder]) -> list[LabelledPair]:
    return pairs_of(rows(parts), str(parts[0]))


def _all(folder: Folder, names: Sequence[str]) -> bool:
    return all(folder.joinpath(name).is_file() for name in names)


def _year(folder: Folder, parts: Sequence[str]) -> list[tuple[Folder, Folder]]:
    """The files with the texts and with the scores of each part, where all of them are there."""
    for year in YEARS:
        names = [(f"{year}.input.{part}.txt", f"{year}.gs.{part}.txt") for part in parts]
        if names and _all(folder, [name for both in names for name in both]):
            return [(folder.joinpath(texts), folder.joinpath(scores)) for texts, scores in names]
    return []


def _judged(year: Sequence[tuple[Folder, Folder]]) -> list[LabelledPair]:
    return [pair for both in year for pair in _part(*both)]


def _part(texts: Folder, scores: Folder) -> list[LabelledPair]:
    given, said = _lines(texts), _lines(scores)
    if len(given) != len(said):
        raise InputError(f"{texts} has {len(given):,} lines and {scores} {len(said):,}; they must be as many.")
    rows = zip(range(1, len(said) + 1), given, said, strict=True)
    return [_pair(line.split("\t"), 0, score, f"{texts}:{number}") for number, line, score in rows if score.strip()]


def _benchmark(file: Folder) -> list[LabelledPair]:
    rows = [(number, line.split("\t")) for number, line in enumerate(_lines(file), 1) if line.strip()]
    return [_pair(cells, 5, cells[4] if len(cells) > 4 else "", f"{file}:{number}") for number, cells in rows]


def _pair(cells: Sequence[str], first: int, score: str, place: str) -> LabelledPair:
    """The texts stand in the cells `first` and the one after; what comes behind tells the source."""
    try:
        return LabelledPair(cells[first], cells[first + 1], float(score))
    except (IndexError, ValueError) as fault:
        raise InputError(f"{place} is no pair with a score.") from fault


def _lines(file: Folder) -> list[str]:
    """Empty ones too; only a line feed ends one."""
    return text(file).replace("\r\n", "\n").removesuffix("\n").split("\n")


def _sick(parts: Sequence[Folder]) -> list[LabelledPair]:
    return [pair for file in parts for pair in pairs_of(table(text(file), "tsv", str(file)), str(file))]
