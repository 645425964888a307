"""CSV dialects: the delimiter and the quotes of a text, judged by how regular its rows become."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

DELIMITERS = ",;\t|^~\x1f"
SAMPLE = 200
"""Lines that are judged."""
LONGEST_SAMPLE = 200_000
"""Characters that are judged."""
CELLS = 600
"""Cells of a sample whose content is judged."""
FAVOUR = 1.5
"""What the suffix of a file is worth."""
LEAST = 0.2
"""The score from which a delimiter counts; below, each line is one cell."""
REGULAR = 0.4
"""Share of rows with the most frequent number of cells from which a delimiter counts; more in short files."""
NUMBER = re.compile(r"[-+(]?[$€£]?[\d.,' ]*\d\)? ?[%€$£]?")
INNER = re.compile(r"[;\t|](?! )|(?<=\S),(?=[^\s\d])")
"""A delimiter within a cell that is not punctuation."""


@dataclass(frozen=True)
class Dialect:
    """delimiter: "" if each line is one cell. quote: "" if quotes are characters like others. escape: what precedes a
    quote within quotes, "" if it is doubled. padded: spaces follow the delimiters. width: the usual number of cells.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    padded: bool = False
    width: int = 1

    def options(self) -> dict[str, Any]:
        """Return the arguments of csv.reader."""
        return {
            "delimiter": self.delimiter or "\x1f",
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape or None,
            "doublequote": not self.escape,
            "skipinitialspace": self.padded,
            "strict": True,
        }


def sniffed(lines: Sequence[str], favoured: str = "", single: bool = False) -> Dialect:
    """Return the most plausible dialect. favoured: the delimiter that the suffix of the file suggests.

    single: whether the first line alone is known to be the name of a column.
    """
    sample = _sample(lines)
    text = "".join(sample)
    best, found = 0.0, Dialect("")
    for dialect in _candidates(text):
        score, width = _score(dialect, sample, cut=len(sample) < len(lines))
        score *= FAVOUR if dialect.delimiter == favoured else 1
        if score > best * 1.0001:
            best = score
            found = Dialect(dialect.delimiter, dialect.quote, dialect.escape, dialect.padded, width)
    alone = single and not any(mark in sample[0] for mark in found.delimiter) if sample else True
    if alone:
        return Dialect("")
    return found if best >= LEAST else _of_header(sample)


def _of_header(sample: Sequence[str]) -> Dialect:
    """Return the dialect of ragged rows: the delimiter that is most frequent in the header and stands in most rows."""
    rows = [line for line in sample if line.strip()]
    for delimiter in sorted(DELIMITERS, key=lambda mark: -rows[0].count(mark) if rows else 0):
        inside = sum(delimiter in row for row in rows)
        if rows and delimiter in rows[0] and inside > 1 and inside >= 0.8 * len(rows):
            return Dialect(delimiter, width=rows[0].count(delimiter) + 1)
    return Dialect("")


def _sample(lines: Sequence[str]) -> list[str]:
    found: list[str] = []
    length = 0
    for line in lines:
        found.append(line)
        length += len(line)
        if len(found) >= SAMPLE or length > LONGEST_SAMPLE:
            break
    bare = [line for line in found if not line.startswith("#")]
    return bare if len(bare) > 1 else found


def _candidates(text: str) -> Iterator[Dialect]:
    """Yield the dialects that the text may have, the usual ones first."""
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        padded = _is_padded(text, delimiter)
        yield Dialect(delimiter, '"', "", padded)
        if '\\"' in text:
            yield Dialect(delimiter, '"', "\\", padded)
        if _quoted(text, delimiter, "'"):
            yield Dialect(delimiter, "'", "", padded)
        if '"' in text and delimiter in "\t|":
            yield Dialect(delimiter, "", "", padded)


def _is_padded(text: str, delimiter: str) -> bool:
    """Return whether spaces follow the delimiters, in the first line and in most others."""
    if delimiter == "\t":
        return False
    if re.search(rf'{re.escape(delimiter)} +"', text):
        return True
    first = text.lstrip("\r\n").partition("\n")[0]
    spaced = delimiter + " "
    return 0 < first.count(delimiter) == first.count(spaced) and text.count(spaced) * 10 >= text.count(delimiter) * 6


def _quoted(text: str, delimiter: str, quote: str) -> bool:
    """Return whether cells stand between such quotes, and not as apostrophes."""
    mark, sign = re.escape(delimiter), re.escape(quote)
    cells = rf"(?:^|{mark}) *{sign}[^{sign}\r\n]*{sign} *(?=$|\r|{mark})"
    return '"' not in text and len(re.findall(cells, text, re.MULTILINE)) > 1


def _score(dialect: Dialect, sample: Sequence[str], cut: bool) -> tuple[float, int]:
    """Return how plausible a dialect is, 0 to 1, and the usual number of cells in a row."""
    rows = list(_rows(dialect, sample))
    if cut and len(rows) > 1:
        rows.pop()  # it may go on
    widths = Counter(len(row) for row in rows)
    width = max((w for w in widths if w > 1), key=lambda w: (widths[w], w), default=1)
    if width == 1:
        return 0.0, 1
    regular = widths[width] / len(rows)
    if regular < (REGULAR if len(rows) > 4 else 0.6):
        return 0.0, 1
    cells = [cell for row in rows if len(row) == width for cell in row][:CELLS]
    clean = sum(map(_is_clean, cells)) / len(cells)
    return regular * (width - 1) / width * clean, width


def _rows(dialect: Dialect, sample: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows, [] for one that breaks the rules of quotes."""
    reader = csv.reader(sample, **dialect.options())
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield []
            continue
        if any(row):
            yield row


def _is_clean(cell: str) -> bool:
    """Return whether a cell looks like one value: it has no delimiters within and no quote at one end only."""
    bare = cell.strip()
    if not bare or NUMBER.fullmatch(bare):
        return True
    if (bare[0] in "\"'") != (bare[-1] in "\"'") or (bare[0] == bare[-1] == '"'):
        return False
    return len(INNER.findall(bare)) == 0
