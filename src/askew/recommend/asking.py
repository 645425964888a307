"""Is a text a question? By its mark, or where that was left out, by the words with which a language asks."""

import re
from collections.abc import Sequence

from askew.recommend.languages import WORD, tongues
from askew.text.sentences import sentences

MARKS = "?？؟՞⸮፧\u037e"
STOPS = ".!。！।۔…:"
CLOSERS = "\"'”’»›)]}*_`」』）】》〉 \t\n"
GREEK = re.compile(r"[\u0370-\u03ff]")
UNSPACED = ("zh", "ja", "ko", "th")
"""Words of these are looked for among the characters, not between spaces."""
EDGE = 16
"""Characters from either end of a text in which such a stretch asks; within a longer text it may mean something else.
"""


def asks(text: str, spoken: Sequence[str]) -> bool:
    """Whether the text as a whole wants to know something: its last sentence asks, or at least half of them do.

    So a question and its answer together do not ask, and neither does an article that puts a question on the way.
    spoken: the codes of the languages that it may be in.
    """
    parts = [text[start:end] for start, end in sentences(text)]
    if not parts:
        return False
    found = [inquires(part, spoken) for part in parts]
    return found[-1] or sum(found) * 2 >= len(found)


def answers_itself(text: str, spoken: Sequence[str]) -> bool:
    """Whether a question stands first and what follows it, more than a sentence, asks nothing more."""
    parts = [text[start:end] for start, end in sentences(text)]
    return len(parts) > 2 and inquires(parts[0], spoken) and not any(inquires(part, spoken) for part in parts[1:])


def inquires(sentence: str, spoken: Sequence[str]) -> bool:
    """Whether this one sentence is a question. One that ends in a full stop is none."""
    bare = sentence.rstrip(CLOSERS)
    if not bare:
        return False
    if bare[-1] in MARKS or (bare[-1] == ";" and GREEK.search(bare)):
        return True
    return bare[-1] not in STOPS and _by_words(bare, spoken)


def _by_words(sentence: str, spoken: Sequence[str]) -> bool:
    forms = [form.lower().replace("’", "'") for form in WORD.findall(sentence)]
    if not forms:
        return False
    ends = sentence[:EDGE] + "\n" + sentence[-EDGE:]
    for code in spoken:
        if code not in tongues():
            continue
        tongue = tongues()[code]
        if forms[0] in tongue.asks:
            return True
        if code in UNSPACED:
            if any(stretch in ends for stretch in tongue.within):
                return True
        elif any(form in tongue.within for form in (*forms[:3], *forms[-3:])):
            return True
    return False
