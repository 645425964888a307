"""Parser for Markdown: the words as a reader sees them, by markdown-it, and front matter as title and metadata."""

import html
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from askew.documents.formats.draft import Draft, counted, dated, one_line
from askew.documents.formats.markup import blocks, fenced, heading, item, plain, row
from askew.documents.formats.text import readable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

FRONT = re.compile(
    r"(?P<mark>---|\+\+\+|;;;)[ \t]*\n(?P<matter>(?:[^\n]*\n)*?)(?:(?P=mark)|\.\.\.)[ \t]*(?:\n|\Z)",
)
LONGEST_FRONT = 1 << 15
MOST_VALUES = 500
PAIR = re.compile(r"([A-Za-z_][\w -]{0,40}):(?:[ \t]+(.*))?$")
# The names under which all formats have these, and what front matter calls them.
SHARED = {
    "author": ("author", "authors", "by"),
    "created": ("created", "date", "published", "pubdate", "publishdate", "publish_date", "created_at"),
    "modified": ("modified", "updated", "lastmod", "last_modified", "last_updated", "updated_at"),
    "language": ("language", "lang", "locale"),
}
DEEPEST = 60  # quotes and lists within each other
LONGEST_INLINE = 10_000
MOST_MARKS = 500  # in a longer paragraph, which would take time by the square of its marks
LONGEST_HEADING = 300
# What pictures of a project's state have in their addresses.
BADGE = re.compile(
    r"badge|shields\.io|travis-ci|circleci|codecov|coveralls|appveyor|/workflows/|\.svg\b", re.IGNORECASE
)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ANY_TAG = re.compile(r"<[^<>]*>")
LONGEST_PAGE = (
    30_000  # HTML in one piece, which the parser of the standard library could read by the square of its length
)
TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)")
ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
TAGS = frozenset(
    """
    a abbr address article aside b big blockquote br button center cite code dd del details dfn div dl dt em figcaption
    figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins kbd label li main mark nav ol p picture
    pre q rp rt ruby s samp script section small source span strike strong style sub summary sup svg table tbody td
    tfoot th thead tr tt u ul var video wbr path
    """.split()  # noqa: SIM905
)
UNSEEN = ("script", "style", "template", "svg")
SPECIAL = re.compile(r"[\\`*_~\[\]<>&!]")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\](?:: ?)?")
ANCHOR = re.compile(r"\s*\{[#.:][^{}\n]*\}\s*$")
ADDRESS = re.compile(r"\bhttps?://\S+")
EMBEDDED = re.compile(r"data:[\w.+/-]+;base64,[A-Za-z0-9+/=%]{40,}")


def parse(data: bytes, encoding: str | None = None) -> Draft:
    text, notes = readable(data, encoding)
    about, body = front_matter(text)
    seen, left_out = rendered(body)
    stated = one_line(str(about.pop("title", "")))
    first = next((part[2:] for part in seen[:1] if part.startswith("# ")), "")
    if first and len(seen) > 1 and stated in ("", first):
        seen = seen[1:]
    title = stated or first or next((part.lstrip("# ") for part in seen[:1] if re.match("#+ ", part)), "")
    title = title or next((part[2:] for part in seen if part.startswith("# ")), "")
    return Draft(blocks(seen) or stated or body or text, title, about, notes, left_out)


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Split a text into the values of its front matter, in YAML, TOML or JSON, and the text after it."""
    found = FRONT.match(text[:LONGEST_FRONT])
    if found:
        values, end = _loaded(found["mark"], found["matter"]), found.end()
    else:  # a JSON object, as Hugo has it
        end = text[:LONGEST_FRONT].find("\n}\n") + 2 if text.startswith("{\n") else 0
        values = _loaded(";;;", text[:end]) if end > 1 else {}
    return (_metadata(values), text[end:].strip()) if values else ({}, text)


def _loaded(mark: str, matter: str) -> Mapping[Any, Any]:
    try:
        if mark == "+++":
            return tomllib.loads(matter)
        if mark == ";;;":
            read: object = json.loads(matter)
        else:
            import yaml

            read = yaml.safe_load(matter)
        return read if isinstance(read, dict) else {}
    except RecursionError:
        return {}
    except Exception:  # whatever YAML's constructors raise, such as for a date of month 13
        return _pairs(matter)


def _pairs(matter: str) -> dict[str, str]:
    """Read the `name: value` lines of front matter that is no valid YAML; {} if other lines prevail."""
    lines = [line for line in matter.split("\n") if line.strip() and not line.startswith((" ", "\t", "-", "#"))]
    found = [pair for pair in map(PAIR.match, lines) if pair]
    if 2 * len(found) <= len(lines):
        return {}
    return {pair[1].strip(): (pair[2] or "").strip().strip("\"'") for pair in found}


def _metadata(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return JSON values, with title, author, dates and language under the names that all formats share."""
    room = [MOST_VALUES]
    kept = {str(name): _value(value, room) for name, value in values.items() if value not in (None, "", [])}
    lower = {name.lower().replace("-", "_"): value for name, value in kept.items()}
    for name, names in SHARED.items():
        value = next((_people(lower[other]) for other in names if lower.get(other)), "")
        value = dated(value) if name in ("created", "modified") else value
        if value:
            kept[name] = value
    if "title" in lower:
        kept["title"] = lower["title"]
    return kept


def _value(value: Any, room: list[int]) -> Any:
    """Return a JSON value. room: how many more values fit, as YAML can repeat a value without end."""
    room[0] -= 1
    if isinstance(value, dict):
        return {str(name): _value(inner, room) for name, inner in value.items() if room[0] > 0}
    if isinstance(value, list | tuple | set):
        return [_value(inner, room) for inner in value if room[0] > 0]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:  # JSON has no infinity
        return str(value)
    return value if isinstance(value, bool | int | float) else one_line(str(value))


def _people(value: Any) -> str:
    """Return the name of one person or many, each a name or an object that has one."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_people, value)))
    return _people(value.get("name", "")) if isinstance(value, dict) else str(value)


@cache
def _parser() -> "MarkdownIt":
    """Return the parser, which keeps nothing of a text: making one takes as long as parsing a short text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    parser.core.ruler.disable("inline")
    return parser


def rendered(text: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the blocks of a Markdown text as a reader sees them, and what was left out of it."""
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    if any(token.level >= DEEPEST - 2 for token in tokens):
        return [plain(text)], ()
    writer = _Writer(parser, environment)
    for token in tokens:
        writer.take(token)
    return [block for block in writer.blocks if block], counted(writer.comments, "comment")


@dataclass
class _Writer:
    """The finished blocks. lists: the number of the last item of each open list, -1 if it has none. mark: of the next
    block, if it starts an item. cells: of the current row. open: the block that inline text belongs to.
    """

    parser: "MarkdownIt"
    environment: dict[str, Any]
    blocks: list[str] = field(default_factory=list)
    comments: int = 0
    _lists: list[int] = field(default_factory=list)
    _mark: str = ""
    _cells: list[str] = field(default_factory=list)
    _open: "Token | None" = None

    def take(self, token: "Token") -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                start = int(token.attrs.get("start", 1)) - 1 if token.type.startswith("ordered") else -1
                self._lists.append(start)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._mark = ""
            case "list_item_open":
                self._lists[-1] += self._lists[-1] >= 0
                self._mark = f"{self._lists[-1]}." if self._lists[-1] >= 0 else "-"
            case "heading_open" | "paragraph_open" | "th_open" | "td_open":
                self._open = token
            case "tr_close":
                self.blocks.append(row(self._cells))
                self._cells = []
            case "inline":
                self._inline(token)
            case "fence" | "code_block":
                self.blocks.append(fenced(token.content))
            case "html_block":
                self._page(token.content)

    def _inline(self, token: "Token") -> None:
        kind = self._open.type if self._open else ""
        words = self._words(token.content)
        is_setext = self._open is not None and self._open.markup in ("-", "=")
        if kind in ("th_open", "td_open"):
            self._cells.append(words)
        elif kind == "heading_open" and self._open and not (is_setext and len(words) > LONGEST_HEADING):
            words = ANCHOR.sub("", words)
            self.blocks.append(heading(int(self._open.tag[1]), ADDRESS.sub("", words).strip() or words))
        elif self._mark and words:
            self.blocks.append(item(len(self._lists) - 1, words, self._mark))
            self._mark = ""
        else:
            self.blocks.append(plain(words))

    def _words(self, text: str) -> str:
        if not SPECIAL.search(text):
            return EMBEDDED.sub("", "\n".join(map(str.strip, text.split("\n"))))
        if len(text) > LONGEST_INLINE and sum(map(text.count, "[*_`<!")) > MOST_MARKS:
            return EMBEDDED.sub("", text)
        tokens: list[Token] = []
        self.parser.inline.parse(text, self.parser, self.environment, tokens)
        return EMBEDDED.sub("", FOOTNOTE.sub("", "".join(self._spans(tokens)))).strip()

    def _spans(self, tokens: Sequence["Token"]) -> Iterator[str]:
        for token in tokens:
            if token.type in ("text", "text_special", "code_inline"):
                yield token.content
            elif token.type in ("softbreak", "hardbreak"):
                yield "\n"
            elif token.type == "image":
                yield (
                    "" if BADGE.search(str(token.attrs.get("src", ""))) else "".join(self._spans(token.children or ()))
                )
            elif token.type == "html_inline":
                yield self._tag(token.content)

    def _tag(self, tag: str) -> str:
        if tag.startswith("<!--"):
            self.comments += 1
            return ""
        name = TAG_NAME.match(tag)
        if name is None or name[1].lower() not in TAGS:
            return tag  # <file>, <your-name>: no element, but a word that stands for others
        if name[1].lower() == "br":
            return "\n"
        alt = ALT.search(tag) if name[1].lower() == "img" and not BADGE.search(tag) else None
        return html.unescape(alt[1] or alt[2] or "") if alt else ""

    def _page(self, text: str) -> None:
        text, count = COMMENT.subn("", text)
        self.comments += count
        text = EMBEDDED.sub("", text)
        if len(text) > LONGEST_PAGE:
            self.blocks.append(plain(html.unescape(ANY_TAG.sub(" ", text)).strip()))
            return
        page = _Page()
        page.feed(text)
        page.close()
        self.blocks += page.finished()


class _Page(HTMLParser):
    """The blocks of HTML within Markdown, which has too few elements to need more."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._words: list[str] = []
        self._cells: list[str] = []
        self._unseen = 0
        self._is_code = False

    def finished(self) -> list[str]:
        self._end()
        return self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag == "img":
            about = dict(attrs)
            self._words.append("" if BADGE.search(about.get("src") or "") else about.get("alt") or "")
        elif tag == "br":
            self._words.append("\n")
        elif tag not in TAGS:
            self._words.append(self.get_starttag_text() or "")
        elif tag in ("td", "th"):
            self._words = []
        elif tag not in ("a", "b", "code", "em", "i", "kbd", "span", "strong", "sub", "sup", "u"):
            self._end()
            self._is_code = self._is_code or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        level = re.fullmatch("h([1-6])", tag)
        if level:
            self._blocks.append(heading(int(level[1]), "".join(self._words)))
            self._words = []
        elif tag in ("td", "th"):
            self._cells.append("".join(self._words))
            self._words = []
        elif tag == "tr":
            self._blocks.append(row(self._cells))
            self._cells = []
        elif tag == "pre":
            self._blocks.append(fenced("".join(self._words)))
            self._words, self._is_code = [], False
        elif tag in ("p", "div", "li", "summary", "details", "dt", "dd", "table", "blockquote"):
            self._end()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def _end(self) -> None:
        lines = "\n".join(filter(None, map(one_line, "".join(self._words).split("\n"))))
        if self._is_code or not lines:
            return
        self._blocks.append(plain(lines))
        self._words = []
