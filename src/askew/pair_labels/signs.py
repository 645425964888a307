"""Signs and codes: operators, emoji, currencies, addresses and paths that differ in one place, in any language."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from askew.pair_labels.alignment import Alignment, close, gaps
from askew.pair_labels.contradictions import ABOUT_THE_SAME, Conflict, Conflicts, quoted
from askew.pair_labels.reading import Reading, overlap
from askew.pair_labels.tokens import AMOUNT, DASHES, HARMLESS, QUESTION, RUN, Token, tokens
from askew.pair_labels.values import CURRENCIES
from askew.pair_labels.verdict import Kind
from askew.types import Span

PLAIN = re.compile(r"[\w\s.,;:!?'\"’“”„()\[\]-]*")
"""Texts of these characters have no sign but a minus or an emoticon, and no code but those with a dot or underscore."""
SUSPECT = re.compile(r"(?<![a-zA-Z0-9])-(?:[A-Z]{3} ?)?\.?\d|[:;]['’]?-?[()DP]|\w_\w|[^\W\d_]\.[^\W\d_]")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
EMOTICON = re.compile(r"(?<![^\s.!?,])[:;=]['’]?-?(?:([)DPp])|[(])(?![\w)])")
SMILE, FROWN = "🙂", "🙁"
TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
BETWEEN = frozenset("+=÷×^≈~")
"""Operators that join what stands on either side."""
JOINED = frozenset("+-=<>!*/|&~^:")
"""Characters of operators, which may be several: !=, ->."""
COMPARING = frozenset("<>≤≥≠±")
CONNECTING = frozenset("/&+|·•,")
"""Signs that join words: men/women, men & women."""
MONEY = frozenset("$€£¥₹")
SHARE = frozenset("%‰")
SAME = {
    "*": "×",
    "·": "×",
    "->": ">",
    "=>": ">",
    "→": ">",
    "»": ">",
    "<=": "≤",
    "=<": "≤",
    ">=": "≥",
    "!=": "≠",
    "<>": "≠",
}
IGNORED = (HARMLESS | QUESTION | frozenset("!§©®™#@\\_")) - frozenset("'\"”“")
CODE = re.compile(
    r"""(?x)
    (?:https?://|ftp://|www\.)[^\s<>"”“]+
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                     # kim@example.org
  | (?<!\w)[@\#][^\W\d][\w.-]*                       # a handle, a tag
  | [^\W_][\w-]*(?:\.[\w-]+)+(?:/[\w.~%-]*)+         # example.org/guide
  | (?<!\w)(?:~|\.{1,2})?(?:/[\w.-]+){2,}/?          # /etc/hosts
  | [^\W_][\w.-]*(?:/[\w.-]+){2,}                    # src/app/main
  | [A-Za-z]:\\[\w\\.-]+
  | \w*[^\W_]_[\w.-]*[^\W_]                          # a_name
  | [^\W_][\w-]+(?:\.[a-z][\w-]+)+                   # example.org, notes.txt
    """
)
ROOT = re.compile(r"^(?:https?://)?(?:www\.)?")


def signed(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for each place with another sign, or with an operator or a unit's sign in one text only, and
    for addresses, paths and names of accounts or files that differ.
    """
    if not (_suspect(a.text) or _suspect(b.text)):
        return ()
    return (*_other_codes(a, b), *_other_signs(a, b, aligned))


@lru_cache(maxsize=1 << 14)
def _suspect(text: str) -> bool:
    return not PLAIN.fullmatch(text) or bool(SUSPECT.search(text))


def faces(text: str) -> tuple[str, ...]:
    """Return the moods of the emoticons, which are punctuation otherwise."""
    return tuple(SMILE if found[1] else FROWN for found in EMOTICON.finditer(text))


def _other_codes(a: Reading, b: Reading) -> Iterator[Conflict]:
    left, right = dict(_codes(a)), dict(_codes(b))
    mine = [span for key, span in left.items() if key not in right]
    theirs = [span for key, span in right.items() if key not in left]
    if mine and theirs and overlap(a, b) >= ABOUT_THE_SAME:
        for x, y in zip(mine, theirs, strict=False):
            yield _conflict(a, b, "code", (x,), (y,))


def _codes(reading: Reading) -> Iterator[tuple[str, Span]]:
    for found in CODE.finditer(reading.text):
        written = found[0].rstrip(".,;:!?)]'’")
        key = ROOT.sub("", written.casefold()).rstrip("/")
        parts = key.split(".")
        if "/" not in key and "@" not in key and any(part in reading.lexicon.function for part in parts):
            continue  # a full stop without a space
        if sum(part[:1].isdigit() for part in key.split("/")) * 2 > key.count("/") + 1:
            continue  # measures
        yield key, Span(found.start(), found.start() + len(written))


def _other_signs(a: Reading, b: Reading, aligned: Alignment) -> Iterator[Conflict]:
    if not close(a, b, aligned):
        return
    left, right = _marked(a.text), _marked(b.text)
    keys, others = ([token.key for token in side] for side in (left, right))
    if keys == others:
        return
    alone = _the_rest_agrees(a, b, aligned)
    for hole in gaps(keys, others):
        x, y = left[hole.a1 : hole.a2], right[hole.b1 : hole.b2]
        if alone or (x and y):
            yield from _gap(a, b, x, y)


def _the_rest_agrees(a: Reading, b: Reading, aligned: Alignment) -> bool:
    """Return whether the texts differ in no content word, so that a sign in one of them is all there is."""
    return all(
        not any(map(str.isalnum, word.form)) or word.function
        for hole in aligned.holes
        for word in (*a.words[hole.a1 : hole.a2], *b.words[hole.b1 : hole.b2])
    )


def _gap(a: Reading, b: Reading, left: Sequence[Token], right: Sequence[Token]) -> Iterator[Conflict]:
    x, y = ([token for token in side if token.kind == "sign"] for side in (left, right))
    if x and y and {token.key for token in x} != {token.key for token in y}:
        if not all(_connects(reading.text, token) for reading, side in ((a, x), (b, y)) for token in side):
            yield _conflict(a, b, "sign", _spans(x), _spans(y))
    elif (x and not right and _alone(a, b, x)) or (y and not left and _alone(b, a, y)):
        yield _conflict(a, b, "sign", _spans(x), _spans(y))


def _connects(text: str, sign: Token) -> bool:
    """Return whether a sign joins words, or belongs to an amount, which is compared as a number."""
    near = text[max(sign.start - 2, 0) : sign.start], text[sign.end : sign.end + 2]
    digits = any(map(str.isdigit, near[0] + near[1]))
    return (sign.key in CONNECTING and not digits) or (sign.key in MONEY | SHARE and digits)


def _alone(a: Reading, b: Reading, signs: Sequence[Token]) -> bool:
    """Return whether a sign of `a` without a counterpart changes what is said."""
    return any(_matters(a, b, sign) for sign in signs)


def _matters(a: Reading, b: Reading, sign: Token) -> bool:
    before, after = a.text[: sign.start].rstrip()[-1:], a.text[sign.end :].lstrip()[:1]
    if sign.key == "-":
        close = a.text[: sign.start][-1:]
        return bool(AMOUNT.match(a.text, sign.end)) and close != ")" and (not close.isalnum() or bool(RUN.match(close)))
    if sign.key == "+" and a.text[: sign.start][-1:].isdigit() and not a.text[sign.end :][:1].isalnum():
        return after.isdigit()  # 10+ years are about ten
    if sign.key in MONEY:
        return (before.isdigit() or after.isdigit()) and not any(value.unit in CURRENCIES for value in b.values)
    if sign.key in SHARE:
        return before.isdigit() and not any(value.unit in ("percent", "share") for value in b.values)
    return sign.key in BETWEEN | COMPARING and before.isalnum() and after.isalnum()


@lru_cache(maxsize=1 << 12)
def _marked(text: str) -> tuple[Token, ...]:
    """Return words and signs; signs that touch are one, emoticons are emoji, and what is repeated counts once."""
    plain = TAG.sub(lambda found: " " * len(found[0]), text)
    faces = {found.start(): found.end() for found in EMOTICON.finditer(plain)}
    plain = EMOTICON.sub(lambda found: (SMILE if found[1] else FROWN).ljust(len(found[0])), plain)
    made: list[Token] = []
    for token in tokens(plain, ""):
        kept = token._replace(end=faces.get(token.start, token.end), key=TONES.sub("", token.key))
        if kept.kind != "sign":
            made.append(kept)
            continue
        key = "-" if kept.key in DASHES else kept.key
        if made and made[-1].end == kept.start and set(made[-1].key + key) <= JOINED:
            last = made.pop()
            key = last.key if last.key == key and key not in "=-+" else last.key + key
            kept = kept._replace(start=last.start)
        made.append(kept._replace(key=key))
    return tuple(
        token._replace(key=SAME.get(token.key, token.key))
        for token in made
        if token.kind != "sign" or not set(token.key) <= IGNORED
    )


def _spans(signs: Sequence[Token]) -> tuple[Span, ...]:
    return tuple(Span(sign.start, sign.end) for sign in signs)


def _conflict(a: Reading, b: Reading, rule: str, left: tuple[Span, ...], right: tuple[Span, ...]) -> Conflict:
    x, y = quoted(a, *left), quoted(b, *right)
    reason = f"different {rule}: {x} vs {y}" if x and y else f"only one has the {rule} {x or y}"
    return Conflict(Kind.OTHER_VALUES, rule, reason, left, right)
