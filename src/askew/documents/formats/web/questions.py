"""Questions and answers in a page or text: accordions, definition lists, FAQPage data, headings that ask."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from askew.documents.formats.draft import one_line
from askew.documents.formats.web.boilerplate import MARK
from askew.documents.formats.web.walk import walked
from askew.documents.formats.xml import is_a, linked_data, local

Pair = tuple[str, str]
"""A question and its answer, "" if it has none."""

QUESTION, END = "\ue000", "\ue001"
"""Private characters that mark a heading as a question, whatever it says, and the end of an answer."""
LONGEST_QUESTION = 300
LONGEST_DATA, MOST_NODES = 5_000_000, 20_000
ASKED = "Question"
"""schema.org's type of a question with its answers."""
HEADING = re.compile(r"(#{1,6}) +(.+)")
ASKS = re.compile(r".*[?？؟;][\s\"”»)\]*_]*")
"""Greek asks with a semicolon."""
LABEL = re.compile(r"(?:(?:Q|F|P|Question|Frage|Pregunta)\s*\d*\s*[:.)]|\d+\s*[.)])\s+", re.IGNORECASE)
ANSWER = re.compile(r"(?:A|R|Answer|Antwort|Réponse|Respuesta)\s*\d*\s*[:.)]\s+", re.IGNORECASE)
ASKED_LABEL = re.compile(r"(?:Q|F|P|Question|Frage|Pregunta)\s*\d*\s*[:.)]\s+", re.IGNORECASE)
CONTROLS = ("aria-controls", "aria-expanded", "data-bs-target", "data-target")
NAMED = ("aria-controls", "data-bs-target", "data-target", "href")
"""Attributes that may name the panel which a control opens."""
OPENING = ("", "collapse", "accordion")
"""Values of data-toggle that open a panel in place, unlike a menu, a dialog or a tab."""
TITLES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
ACTING = TITLES | {"a", "div", "span", "p"}
"""Elements that may act as a button; a row of a table that unfolds is no question."""


@dataclass
class _Section:
    level: int
    title: str
    body: list[str] = field(default_factory=list)

    @property
    def asks(self) -> bool:
        return self.title.startswith(QUESTION) or bool(ASKS.fullmatch(self.title))


def page_pairs(root: Any) -> list[Pair]:
    """Return the pairs of a page whose boilerplate is marked; those that only its FAQPage data has come last."""
    stated, sharing = list(_stated(root)), _sharing(root)
    ids = frozenset(element.get("id") for element in root.iter() if isinstance(element.tag, str) and element.get("id"))
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.get(MARK) is None:
            _retag(element, _is_control(element, ids))
    found = _answered(text_pairs(walked(root), only_asked=True), sharing)
    shown = {question.casefold() for question, answer in found if answer}
    more = [pair for pair in stated if pair[0].casefold() not in shown]
    known = shown | {question.casefold() for question, _ in more}
    return [pair for pair in found if pair[1] or pair[0].casefold() not in known] + more


def _sharing(root: Any) -> frozenset[str]:
    """Return the terms that another one follows, with which they share their answer."""
    terms = [one for one in root.iter() if isinstance(one.tag, str) and local(one) == "dt"]
    return frozenset(one_line("".join(term.itertext())) for term in terms if _local(term.getnext()) == "dt")


def _local(element: Any) -> str:
    return local(element) if element is not None and isinstance(element.tag, str) else ""


def _answered(pairs: Sequence[Pair], sharing: frozenset[str]) -> list[Pair]:
    found: list[Pair] = []
    for question, answer in reversed(pairs):
        shared = found[-1][1] if found and not answer and question in sharing else ""
        found.append((question, answer or shared))
    return found[::-1]


def text_pairs(text: str, only_asked: bool = False) -> list[Pair]:
    """Return the pairs of a text: headings that ask, and all others of a level where most do.

    Without any, single lines that ask; without these either, every heading with a text below. only_asked: no heading
    that does not ask.
    """
    sections = list(_sections(text))
    asked = [place for place, one in enumerate(sections) if one.asks] if only_asked else _asked(sections)
    if not asked and (found := _lines(text)):
        return found
    if not asked and not only_asked:
        asked = [place for place, one in enumerate(sections) if one.title and any(one.body)]
    return [(_question(sections[place].title), _answer(sections, place, set(asked))) for place in asked]


def titled_pairs(title: str, text: str) -> list[Pair]:
    """Return the pairs of a text whose title asks: its whole text is the answer, unless other headings ask, too."""
    sections = list(_sections(text))
    wanted = one_line(title)
    if not any(one.asks and one_line(one.title) != wanted for one in sections):
        return [(title, text)]
    if not any(one_line(one.title) == wanted for one in sections):
        text = f"# {wanted}\n\n{text}"
    return [pair for pair in text_pairs(text, only_asked=True) if pair[1] or pair[0] != _question(wanted)]


def _asked(sections: Sequence[_Section]) -> list[int]:
    levels: dict[int, list[bool]] = {}
    for one in sections:
        if one.title and one.title != END and not one.title.startswith(QUESTION):
            levels.setdefault(one.level, []).append(one.asks)
    mostly = {level for level, asks in levels.items() if 2 * sum(asks) > len(asks)}
    return [
        place
        for place, one in enumerate(sections)
        if one.asks or (one.title and one.title != END and one.level in mostly and any(one.body))
    ]


def _sections(text: str) -> Iterator[_Section]:
    """Yield what is above the first heading, without a title, and then each heading with the lines below it."""
    current, in_code = _Section(0, ""), False
    for line in text.split("\n"):
        in_code ^= line.lstrip().startswith("```")
        heading = None if in_code else HEADING.fullmatch(line)
        if heading:
            yield current
            current = _Section(len(heading[1]), heading[2].strip())
        else:
            current.body.append(line)
    yield current


def _answer(sections: Sequence[_Section], place: int, asked: set[int]) -> str:
    """Return the text of a section with its subsections that are no questions."""
    lines = list(sections[place].body)
    for later in range(place + 1, len(sections)):
        one = sections[later]
        if later in asked or one.title == END or one.level <= sections[place].level:
            break
        lines += [one.title, *one.body]
    return _unlabelled("\n".join(lines).strip())


def _lines(text: str) -> list[Pair]:
    """Return paragraphs of one line that ask, or are labelled as a question and its answer, with what follows each."""
    found: list[tuple[str, list[str]]] = []
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text)]
    for block, following in zip(blocks, [*blocks[1:], ""], strict=True):
        first, _, rest = block.partition("\n")
        if HEADING.fullmatch(first):
            found.append(("", []))
        elif len(first) <= LONGEST_QUESTION and _line_asks(first, rest, following):
            found.append((_question(first), [rest] if rest else []))
        elif found:
            found[-1][1].append(block)
    return [(question, _unlabelled("\n\n".join(blocks))) for question, blocks in found if question and blocks]


def _line_asks(first: str, rest: str, following: str) -> bool:
    """rest: what follows the first line of its paragraph. following: the next paragraph."""
    if ASKS.fullmatch(first):
        return not rest or bool(ANSWER.match(rest))
    return bool(ASKED_LABEL.match(first) and ANSWER.match(rest or following))


def _unlabelled(answer: str) -> str:
    label = ANSWER.match(answer)
    return answer[label.end() :] if label else answer


def _question(title: str) -> str:
    bare = title.strip(QUESTION + " ")
    label = LABEL.match(bare)
    return bare[label.end() :] if label else bare


def _retag(element: Any, is_control: bool) -> None:
    """Make headings of what opens an accordion, of terms, and of questions in microdata; mark where answers end."""
    name = local(element)
    is_name = element.get("itemprop") == "name" and _is_question(element.getparent())
    if name in ("details", "dl") or _is_question(element):
        _end(element)
    above = _title_above(element) if is_control else None
    if above is not None:
        if one_line("".join(above.itertext())) == one_line("".join(element.itertext())):
            above.text = QUESTION + (above.text or "")
    elif name in ("summary", "dt") or is_control or is_name:
        for inner in list(element.iter()):
            if isinstance(inner.tag, str) and local(inner) in TITLES:
                inner.tag = _named(inner, "span")
        element.tag = _named(element, "h6")
        element.text = QUESTION + (element.text or "")


def _is_control(element: Any, ids: frozenset[str]) -> bool:
    """Return whether an element opens an answer: a button that says so, or anything else that acts as one and names
    the panel. ids: of the elements of the page.
    """
    opens = element.get("data-bs-toggle") or element.get("data-toggle") or ""
    if opens not in OPENING or element.get("aria-haspopup"):
        return False
    if local(element) == "button":
        return any(element.get(one) for one in CONTROLS)
    acts = bool(opens) or (element.get("role") == "button" and element.get("aria-expanded") is not None)
    if not acts or local(element) not in ACTING:
        return False
    return any((element.get(one) or "").removeprefix("#") in ids for one in NAMED)


def _is_question(element: Any) -> bool:
    return element is not None and "schema.org/Question" in (element.get("itemtype") or "")


def _title_above(element: Any) -> Any:
    """Return the heading that an element lies in, None if in none."""
    return next((one for one in element.iterancestors() if local(one) in TITLES), None)


def _named(element: Any, name: str) -> str:
    space, brace, _ = element.tag.rpartition("}")
    return f"{space}{brace}{name}"


def _end(element: Any) -> None:
    if element.getparent() is not None:
        mark = element.makeelement(_named(element, "h6"))
        mark.text, mark.tail, element.tail = END, element.tail, None
        element.addnext(mark)


def _stated(root: Any) -> Iterator[Pair]:
    """Yield the pairs of schema.org's FAQPage in JSON-LD."""
    for node in linked_data(root, ("mainEntity", "@graph", "hasPart"), LONGEST_DATA, MOST_NODES, leaf=ASKED):
        if is_a(node, ASKED):
            asked = next(filter(None, (_words(node.get(one)) for one in ("name", "headline", "text"))), "")
            yield asked, _words(node.get("acceptedAnswer") or node.get("suggestedAnswer"))


def _words(value: Any) -> str:
    """Return HTML as text. value: a string, an object that holds one, or several of either."""
    from lxml import etree

    if isinstance(value, list):
        return "\n\n".join(filter(None, map(_words, value[:MOST_NODES])))
    if isinstance(value, dict):
        return next(filter(None, (_words(value.get(one)) for one in ("text", "@value", "name"))), "")
    if not isinstance(value, str) or not value.strip():
        return ""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    root = etree.fromstring(f"<div>{value}</div>".encode("utf-8", "replace"), parser)
    return walked(root) if root is not None else one_line(value)
