"""Punctuation, capitals, markup and layout: most are harmless, but not No, refunds; ./run and /run; getName().

Asked last, about texts whose words all mean the same. Marks count where they stand beside a negation, part a name from
what is said of it, or stand in another place; addresses and code count as written.
"""

import html
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from askew.pair_labels.details import Run
from askew.pair_labels.lexicon import LANGUAGES, lexicon
from askew.pair_labels.pauses import PAUSE, Gap, negations, parting
from askew.pair_labels.tokens import KEPT, OPERATORS, Token, is_title

STOP = re.compile(r"[.!?…][\"”“»)]?\s|[。！？]")
QUOTE = re.compile(r"[\"“”„«»「」『』]")
QUOTED = re.compile(r"[\"“”„«]\s?([^\"“”„«»]{1,300})[\"”“»]")
SINGLE = re.compile(r"(?<!\w)['‘‚‹](?=\w)([^'‘’‚‹›\n]{2,300})(?<=[\w.,!?])['’‘›](?!\w)")
FAULT = re.compile(r"\b(?:error|message|warning|fehler|meldung)\b[^\"“„«]{0,12}$", re.IGNORECASE)
WHOLLY = 0.9
"""Share of a text that is quoted from which all of it is."""
SECRET = re.compile(
    r"(?:\b(?:password|passcode|passwort|kennwort|pin|token|key)\b[^.!?\n]{0,30}?\s(?:is|ist|lautet)\s+"
    r"|(?<!\w)(?:password|passcode|passwort|kennwort|pin|token|key|code|secret|login|pwd?|schlüssel|mot de passe"
    r"|contraseña|senha|wachtwoord|hasło|пароль|şifre|密码|パスワード)\s*[:=：]\s*)(\S+)(?=\s*(?:$|[,;.\n]))",
    re.IGNORECASE,
)
STATED = frozenset("wrong incorrect expired lost invalid locked not missing falsch abgelaufen ungültig".split())  # noqa: SIM905
"""What is said of a password, and is none."""
EMPTY = re.compile(r"[,;\t]\s*[,;\t]")
"""Between two fields: nothing."""
OPENING = re.compile(r"[(\[{]")
BRACKET = re.compile(r"[()\[\]{}]")
DASH = re.compile(r"[-‐‑‒–—]")
COMPARED = frozenset("more most less least little odd old small high".split())  # noqa: SIM905
"""English words that a hyphen joins with the next one: more-qualified teachers."""
WRITTEN = re.compile(
    r"""(?x)
    (?<!\S)\S{1,200}://\S+
  | (?<![\w.-])[\w-]{1,64}(?:\.[\w-]{1,64}){0,5}\.[a-z]{2,}/\S+  # bit.ly/HeRon
  | (?<![\w.+-])[\w.+-]{1,64}@[\w.-]+ | (?<!\w)[@\#][A-Za-z_][\w-]*      # an address, a user, a tag
  | (?<![^\s"'(`])(?:~|\.{1,2})?/[\w.~-]\S*             # /etc/hosts, ./run
  | (?<![^\s"'(`])[A-Za-z]:\\\S+
  | (?<![\w.-])[A-Za-z_][\w.-]{0,99}(?:/[\w.-]+){2,}
  | (?<![\w.])[A-Za-z_][\w.]{0,99}(?=\()                # name(
  | (?<![\w!?])!(?=[\w(])                               # !done
  | (?<!\S)(?:-[A-Za-z]|--[a-z][\w-]*)(?!\w)            # -r, --hard
  | (?<!\w)__\w+__(?!\w) | (?<!\w)\w{1,99}?__\w+
  | ^[ \t]*(?:[-+–−*][ \t]+(?=[\d.$€£¥])|\#[ \t]+of\b)  # - 5 degrees is no item of a list
  | \)(?=\w) | (?<!\S)\((?=[$€£¥₹]?\s?\d[\d.,]*\s?[%€kKmMbBn]{0,2}\)(?!\s?\d))
    """,
    re.MULTILINE,
)
"""What counts as it is written: addresses, paths, calls, flags, a sign before a number, (500) for a loss."""
INSIDE = re.compile(r"[\w,)][\"”“„»«'(]*[ \t]+[\"”“„»«'(]*$")
TURKISH = re.compile("[ğĞşŞıİ]")
UNIT = 3  # letters of a word such as pH, MiB
DATA = frozenset({"kb", "mb", "gb", "tb"})
LETTER = re.compile(r"(?<![\w'’])[^\W\d_](?![\w'’])")
HOMOGRAPHS = frozenset(
    """
    access apple august bill bills catholic chad china chrome democrat discord drive edge excel faith frank grace hope
    jersey job joy march mark mass may meet mercury nice notes numbers outlook pages photos polish reading rose
    rust shell signal slack subway swift target teams turkey will windows word zoom
    """.split()  # noqa: SIM905
)
"""English words that are a name, and another word in small letters."""
X, Y = attrgetter("x"), attrgetter("y")
HOST = re.compile(r"^\w+://[^/\s]*")
TAG = re.compile(r"</?(?:p|br|b|i|em|strong|u|span|div|font|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""Tags that change nothing in what is said; those of a list, a link or a deletion do."""
MARKUP = re.compile(r"\b(?:html|xml|tags?|entity|entities|escaped?)\b", re.IGNORECASE)
SILENT = re.compile("[\u00ad\u200b\u2060\ufeff]")
WIDE = re.compile("[\uff01-\uff5e\uff66-\uff9f\ufb00-\ufb06]+")
NUMBERED = re.compile(r"^[ \t]*(\d{1,2})([.)])[ \t]", re.MULTILINE)
BULLETS = re.compile(r"^[ \t]*([+\-−–])[ \t]", re.MULTILINE)
EQUATION = re.compile(r"[=<>]|\w[^\S\n]*[+/*][^\S\n]")
DENIED = re.compile("[不别別没沒否](?=[，,、])")
"""A negation that a comma sets apart, in a script without spaces."""
POWER = re.compile(r"(?<!\*)\*\*(?!\*)")
ANSWER = re.compile(r"\b(?:no|yes|none|nein|ja|keine?|non|oui|sí|нет|да)[ \t\r]*\n(?=\s*\S)", re.IGNORECASE)
"""A word that ends a line, and with another one after it would say something else: Dogs: no."""
SHORT = 40
"""Characters up to which lines are those of a list; longer ones may have been broken anywhere."""


def plain(text: str) -> str:
    """Return a text without what only arranges it: tags, entities, soft hyphens, other widths of letters and digits.
    Of a text about markup, tags and entities stay.
    """
    if ("&" in text or "<" in text) and not MARKUP.search(text):
        text = html.unescape(TAG.sub(" ", text))
    return text if text.isascii() else WIDE.sub(_narrow, SILENT.sub("", text))


def _narrow(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def laid_out(a: str, b: str) -> str:
    """Return how two texts are laid out in another way that tells, as a phrase; "" if in none."""
    if "\t" in a and "\t" in b and _fields(a) != _fields(b):
        return "empty fields are in another place"
    if len(ANSWER.findall(a)) != len(ANSWER.findall(b)):
        return "a line ends with yes or no in one only"
    left, right = _lines(a), _lines(b)
    if min(len(left), len(right)) < 2:  # a list has two lines
        return ""
    if len(left) != len(right):
        is_list = max(map(len, (*left, *right))) <= SHORT
        return "the lines of a list are divided otherwise" if is_list else ""
    depths = [[len(line) - len(line.lstrip()) for line in lines] for lines in (left, right)]
    return "the lines are indented otherwise" if all(map(any, depths)) and depths[0] != depths[1] else ""


def _fields(text: str) -> list[list[bool]]:
    """Return of each field of each line whether it is empty."""
    return [[not field.strip() for field in line.split("\t")] for line in text.splitlines() if line.strip()]


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank, without a common indentation."""
    return [line.rstrip() for line in textwrap.dedent(text).splitlines() if line.strip()]


def punctuated(a: str, b: str, tokens: Sequence[Token], held: Sequence[Run], language: str) -> str:
    """Return the first mark or capital that decides, as a phrase; "" if there is none.

    tokens: of the first text. held: those of both, aligned.
    """
    a, b = _doubled(a), _doubled(b)
    gaps = list(_gaps(a, b, held))
    return (
        _as_written(a, b, language)
        or _secret(a, b)
        or _capitals(a, b, held, language)
        or _moved(gaps, QUOTE, "quotation marks", all(map(QUOTE.search, (a, b))))
        or _moved(gaps, EMPTY, "empty fields", True)
        or _quoted(a, b)
        or _brackets(a, b, gaps, tokens, language)
        or _moved(gaps[:-1], PAUSE, "marks")
        or _moved(gaps[:-1], STOP, "full stops")
        or next(filter(None, (parting(gap, gaps, tokens, language) for gap in gaps)), "")
        or next(filter(None, (_dash(gap, tokens, language) for gap in gaps)), "")
        or next(filter(None, (_between_numbers(gap, tokens) for gap in gaps)), "")
    )


def _gaps(a: str, b: str, held: Sequence[Run]) -> Iterator[Gap]:
    """Yield the gap before each token that the texts share, and the last one, whose place is behind all tokens."""
    x = y = place = 0
    for run in held:
        if not run.equal and len(run.left) != len(run.right):
            continue
        for place, (one, other) in enumerate(zip(run.left, run.right, strict=True), run.start):
            yield Gap(place, a[x : one.start], b[y : other.start])
            x, y = one.end, other.end
    yield Gap(sum(len(run.left) for run in held), a[x:], b[y:])


def _as_written(a: str, b: str, language: str) -> str:
    left, right = _written(a), _written(b)
    if left != right:
        return f"“{min(left ^ right)}” in one only"
    if len(DENIED.findall(a)) != len(DENIED.findall(b)):
        return "a comma sets a negation apart in one only"
    signs = [BULLETS.findall(text) for text in (a, b)]
    if signs[0] != signs[1] and ("+" in {*signs[0], *signs[1]} or EQUATION.search(a) or EQUATION.search(b)):
        return "lines begin with other signs"
    if POWER.findall(a) != POWER.findall(b) and len(POWER.findall(a + b)) % 2:
        return "“**” in one only"
    numbers = [NUMBERED.findall(text) for text in (a, b)]
    ordinal = language != "en" and any(mark == "." for found in numbers for _, mark in found)
    if numbers[0] != numbers[1] and (all(numbers) or ordinal):
        return "numbered otherwise"
    return ""


def _secret(a: str, b: str) -> str:
    """Return a password that two texts write with other capitals."""
    left, right = ([one.strip(".,;:!?)\"'") for one in SECRET.findall(text)] for text in (a, b))
    differ = [
        pair for pair in zip(left, right, strict=False) if pair[0] != pair[1] and pair[0].casefold() not in STATED
    ]
    return f"“{differ[0][0]}” and “{differ[0][1]}”" if differ else ""


def _quoted(a: str, b: str) -> str:
    """Return a quotation of several words that only one text marks: he said "I won", he said I won."""
    found = [[one[0] for one in QUOTED.finditer(text) if _is_quotation(text, one)] for text in (a, b)]
    if bool(found[0]) != bool(found[1]) and not (QUOTE.search(a) and QUOTE.search(b)):
        return f"{(found[0] or found[1])[0]} is quoted in one only"
    return ""


def _is_quotation(text: str, found: re.Match[str]) -> bool:
    """Return whether marks set apart what would be read otherwise without them: several words, or a small one."""
    if len(found[0]) >= WHOLLY * len(text) or FAULT.search(text[: found.start()]):
        return False
    small = any(found[1].strip().casefold() in lexicon(language).function for language in LANGUAGES)
    return len(found[1].split()) > 1 or small


def _doubled(text: str) -> str:
    """Return a text with double quotation marks for single ones."""
    return SINGLE.sub(lambda found: f'"{found[1]}"', text) if SINGLE.search(text) else text


@lru_cache(maxsize=KEPT)
def _written(text: str) -> frozenset[str]:
    found = (one[0].rstrip(".,;:!?)]'’\"”").rstrip("/") or one[0] for one in WRITTEN.finditer(text))
    return frozenset(HOST.sub(lambda host: host[0].casefold(), one).strip() for one in found)


def _capitals(a: str, b: str, held: Sequence[Run], language: str) -> str:
    """Return a word with other capitals within, as in a password, or initials; in German, a word that is no noun."""
    mine, theirs, both = list[str](), list[str](), list[str]()
    for run in held:
        if not run.equal:
            continue
        for one, other in zip(run.left, run.right, strict=True):
            x, y = a[one.start : one.end], b[other.start : other.end]
            if x != y and (_another(a, b, x, y) or (language == "en" and _named(a, b, one, other))):
                return f"“{x}” and “{y}”"
            if language == "de" and _inside(a, one) and _inside(b, other):
                held_by = both if x[0].isupper() and y[0].isupper() else mine if x[0].isupper() else theirs
                held_by += [x] if x[0].isupper() or y[0].isupper() else []
    written = (not mine or b != b.lower()) and (not theirs or a != a.lower())  # the other text has capitals too
    shouted = a == a.upper() or b == b.upper()
    if language == "de" and not shouted and (mine or theirs) and (both or written):
        return f"“{(mine or theirs)[0]}” has a capital in one only"
    return ""


def _another(a: str, b: str, x: str, y: str) -> bool:
    """Return whether two words that differ in case are two words, in whatever language."""
    dotless = any({m, n} == {"I", "i"} for m, n in zip(x, y, strict=False)) and TURKISH.search(a + b)
    return bool(dotless) or _recased(x, y) or _initials(x, y) or _initials(y, x) or _variables(a, b, x, y)


def _variables(a: str, b: str, x: str, y: str) -> bool:
    """Return whether single letters are told apart by their case: x of X."""
    letters = [set(LETTER.findall(text)) for text in (a, b)]
    words = {"a", "i"}  # which a sentence may begin with
    return len(x) == len(y) == 1 and x.lower() not in words and any({x.lower(), x.upper()} <= held for held in letters)


def _named(a: str, b: str, one: Token, other: Token) -> bool:
    """Return whether a first capital makes a name of another word: one that it does not owe to its place."""
    x, y = a[one.start : one.end], b[other.start : other.end]
    if x[1:] != y[1:] or x.casefold() not in HOMOGRAPHS:
        return False
    text, token = (a, one) if x[0].isupper() else (b, other)
    return _inside(text, token) and not is_title(text) and text != text.upper()


def _inside(text: str, token: Token) -> bool:
    """Return whether a word begins no sentence, where any would have a capital."""
    return bool(INSIDE.search(text[max(token.start - 20, 0) : token.start]))


def _recased(x: str, y: str) -> bool:
    """Return whether a word has capitals within that differ: AbC and aBc, MiB and MIB."""
    if (x[1:] == y[1:] and len(x) > UNIT) or x.casefold() != y.casefold():
        return False
    if x.casefold() in DATA:
        return x.islower() == x.isupper() or y.islower() == y.isupper()  # Mb is no MB
    return (_mixed(x) and (_mixed(y) or (y.isupper() and len(y) <= UNIT))) or (
        _mixed(y) and x.isupper() and len(x) <= UNIT
    )


def _initials(x: str, y: str) -> bool:
    return "." in x and x.replace(".", "").isupper() and y.islower() and "." not in y


def _mixed(word: str) -> bool:
    return any(map(str.isupper, word[1:])) and any(map(str.islower, word))


def _moved(gaps: Sequence[Gap], mark: re.Pattern[str], name: str, each: bool = False) -> str:
    """Return whether both texts have marks, in other places. each: also one that only one text has."""
    left, right = ({gap.place for gap in gaps if mark.search(side(gap))} for side in (X, Y))
    differ = left != right if each else left - right and right - left
    return f"{name} in another place" if differ else ""


def _brackets(a: str, b: str, gaps: Sequence[Gap], tokens: Sequence[Token], language: str) -> str:
    """Each bracket counts where both texts have some, or operators, and otherwise one before a negation."""
    if not (BRACKET.search(a) and BRACKET.search(b)) and OPERATORS.isdisjoint(a) and OPERATORS.isdisjoint(b):
        for gap in gaps[:-1]:
            negated = tokens[gap.place].key in negations(language)
            if negated and bool(OPENING.search(gap.x)) != bool(OPENING.search(gap.y)):
                return f"“({tokens[gap.place].key}” in one only"
        return ""
    left, right = ([(gap.place, BRACKET.findall(side(gap))) for gap in gaps] for side in (X, Y))
    return "brackets in another place" if left != right else ""


def _dash(gap: Gap, tokens: Sequence[Token], language: str) -> str:
    """Return whether a dash that one text has decides: Monday-Friday, Monday, Friday; a man-eating shark."""
    if not gap.place or gap.place == len(tokens):
        return ""
    before, after = tokens[gap.place - 1].key, tokens[gap.place].key
    for one, other in ((gap.x, gap.y), (gap.y, gap.x)):
        tight = bool(DASH.fullmatch(one))
        spans = bool(DASH.search(one)) and not DASH.search(other) and (_ends(before) and _ends(after))
        joined = tight and other.isspace()
        eats = joined and (language not in LANGUAGES or (language == "en" and after.endswith("ing")))
        eats = eats or (joined and before in COMPARED)
        if (tight and "," in other) or spans or eats:
            return f"“{before}-{after}” in one only"
    return ""


def _between_numbers(gap: Gap, tokens: Sequence[Token]) -> str:
    """Return whether numbers, times or dates are parted by marks that mean something else: 3 : 2, 3, 2; 10...15."""
    if not gap.place or gap.place == len(tokens):
        return ""
    ends = tokens[gap.place - 1], tokens[gap.place]
    if not all(token.kind == "value" or token.key[:1].isdigit() or token.key[-1:].isdigit() for token in ends):
        return ""
    x, y = (re.sub(r"[\s()\[\]{}\"“”„]", "", side) for side in (gap.x, gap.y))
    if x == y or {x, y} <= {"", ",", ";"}:
        return ""
    return f"“{x or ' '}” and “{y or ' '}” between “{ends[0].key}” and “{ends[1].key}”"


def _ends(word: str) -> bool:
    """Return whether the word may be an end of a range: a weekday, a month, a letter."""
    return len(word) == 1 or any(word in lexicon(known).kinds or word in lexicon(known).months for known in LANGUAGES)
