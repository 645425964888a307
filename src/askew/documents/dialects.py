"""CSV dialects: the delimiter and the quotes of a text, judged by how regular its rows become."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askew.documents.formats.draft import UnusableError
from askew.documents.names import is_usual

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
MARK = re.compile(r"[ ]{2,}|[^\w \"'.\-]|\x1f")
"""What may separate names in a header: anything but what stands within words, and wide gaps."""


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


def header_doubt(lines: Sequence[str], first: int, dialect: Dialect) -> str:
    """Return a note on a header that is not separated as its rows are, "" if there is nothing to say.

    Raises UnusableError if it holds a known name, such as `id` or `text`: it would be lost, or all columns be one.
    """
    sample = enumerate(lines[first : first + SAMPLE], first + 1)
    rows = [(number, line.strip("\r\n").strip('"')) for number, line in sample if line.strip() and line[0] != "#"]
    if len(rows) < 2:
        return ""
    (number, header), below = rows[0], [row for _, row in rows[1:]]
    if dialect.delimiter:
        return _of_other_mark(number, header, lines[number - 1], dialect)
    return _of_unknown_mark(number, header, below) or _of_one_name(header, below)


def _of_other_mark(number: int, header: str, line: str, dialect: Dialect) -> str:
    """Refuse a header of as many names as the rows have cells, but between other marks or all in one pair of quotes."""
    quoted = line[0] == line.rstrip()[-1] == '"' and '"' not in header
    for mark in (*DELIMITERS, " ") if quoted or dialect.delimiter not in header else ():
        names = header.split(mark)
        if len(names) == dialect.width and any(map(is_usual, names)):
            said = f"line {number} names {len(names)} columns"
            if quoted:
                raise UnusableError(f"{said} within one pair of quotes; enclose each name by itself, or none")
            raise UnusableError(
                f"{said} between {delimiter_said(mark)}, but the rows below are separated by "
                f"{delimiter_said(dialect.delimiter)}; write all lines in the same way"
            )
    return ""


def _of_unknown_mark(number: int, header: str, below: Sequence[str]) -> str:
    """Refuse, or note, that a mark which is no delimiter to us stands in all lines of a table of one column."""
    for mark in dict.fromkeys(MARK.findall(header)):
        pattern = re.compile(" {2,}" if mark.isspace() else re.escape(mark))
        names = pattern.split(header)
        counts = [len(pattern.findall(row)) for row in below]
        if "" in names or min(counts) < len(names) - 1:
            continue
        said = delimiter_said(mark)
        if any(map(is_usual, names)):
            tell = f"write sep={mark} into a line above it, or " if len(mark) == 1 and mark.isprintable() else ""
            raise UnusableError(
                f"line {number} seems to name {len(names)} columns between {said}, which do not separate columns here; "
                f"{tell}separate them by commas"
            )
        if set(counts) == {len(names) - 1}:
            return f"one column, though {said} in every line may separate {len(names)}"
    return ""


def _of_one_name(header: str, below: Sequence[str]) -> str:
    """Return a note where one name stands above rows of several cells."""
    for mark in DELIMITERS:
        cells = {len(re.split(f"{re.escape(mark)}(?! )", row)) for row in below}
        if mark not in header and len(cells) == 1 and cells != {1} and len(below) > 2:
            return f"one column, as the header has one name, though every row has {cells.pop()} cells"
    return ""


def delimiter_said(mark: str) -> str:
    """Return a delimiter in words."""
    words = {"\t": "tabs", "\x1f": "unit separators", " ": "spaces"}
    return words.get(mark) or ("wide gaps" if mark.isspace() else f"“{mark}”" if mark.isprintable() else ascii(mark))
