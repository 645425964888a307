"""Notes on queries in a script that the model was not trained on."""

from collections import Counter
from collections.abc import Sequence

from askew.models.cards import Card
from askew.text.words import NARROW, SCRIPTS, letters

MOST = 0.5
"""Share of a query's letters in unsupported scripts above which a note is shown."""
LISTED = 6
"""Maximum number of a model's languages to list; of more, only the count is shown."""


def untaught(query: str, languages: Sequence[str]) -> str:
    """Return the key in SCRIPTS of the query's main script if none of these languages uses it, otherwise "".

    Also "" if a language is not in SCRIPTS, such as "any".
    """
    taught = {name for name, script in SCRIPTS.items() if script.languages & set(languages)}
    known = frozenset[str]().union(*(script.languages for script in SCRIPTS.values()))
    if not set(languages) <= known:
        return ""
    found = letters(query)
    foreign = Counter({name: count for name, count in found.items() if name in SCRIPTS and name not in taught})
    if foreign.total() <= MOST * found.total():
        return ""
    telling = [name for name in NARROW if name in foreign]
    return telling[0] if telling else foreign.most_common(1)[0][0]


def script_note(query: str, card: Card, task: str) -> str:
    """Return a note for a query in a script that the model was not trained on, otherwise ""."""
    name = untaught(query, card.languages)
    if not name:
        return ""
    script, codes = SCRIPTS[name], card.languages
    taught = ", ".join(codes) if len(codes) <= LISTED else f"{len(codes)} languages that do not use it"
    return (
        f"The query is written in {script.shown}; {card.name} was trained on {taught}. "
        f"Find models that support it: askew models choose --task {task} --languages {script.language}"
    )
