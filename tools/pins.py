"""Table of pinned models: the revision and the hashes of every built-in card, and the public projects that agree.

    python tools/pins.py            the table, and a count
    python tools/pins.py --loose    only the cards that lack a fixed revision, a hash or a second source

Nothing is downloaded: the figures are those of the cards.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from askew.models import cards
from askew.models.card import Card, Hub, Tower

ENOUGH = 2
"""Sources that must agree."""


@dataclass(frozen=True)
class Pin:
    """One set of weights. hashed, files: how many files have a SHA-256, of how many."""

    model: str
    revision: str
    fixed: bool
    hashed: int
    files: int
    pinned_by: Sequence[str]
    hashed_by: Sequence[str]

    @property
    def whole(self) -> bool:
        return self.hashed == self.files

    @property
    def agreed(self) -> bool:
        """Return whether two sources give the revision, and two the hash of every file."""
        return self.fixed and self.whole and min(len(self.pinned_by), len(self.hashed_by)) >= ENOUGH


def pins(card: Card) -> Iterator[Pin]:
    for part, tower in card.parts.items():
        yield _pin(card.name if part == "both" else f"{card.name} ({part})", tower)


def _pin(model: str, tower: Tower) -> Pin:
    hub = tower.hub or Hub("", "")
    hashed = sum(map(bool, tower.files.values()))
    return Pin(model, hub.revision, hub.fixed, hashed, len(tower.files), hub.pinned_by, hub.hashed_by)


def _line(pin: Pin) -> str:
    named = {0: "no source", 1: "one source"}.get(len(pin.pinned_by), f"{len(pin.pinned_by)} sources")
    files = f"{pin.hashed}/{pin.files} files"
    by = f"; SHA-256: {', '.join(pin.hashed_by)}" if pin.hashed_by else ""
    return f"{pin.model:<38} {pin.revision:<40} {files:<11} {named}: {', '.join(pin.pinned_by) or '-'}{by}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--loose", action="store_true", help="only what lacks a revision, a hash or a second source")
    loose = parser.parse_args().loose
    every = [list(pins(cards.get(name))) for name in cards.built_in()]
    held = [found for found in every if found]
    for pin in (pin for found in held for pin in found):
        if not (loose and pin.agreed):
            print(_line(pin))
    fixed, whole, agreed = (
        sum(all(getattr(pin, what) for pin in found) for found in held) for what in ("fixed", "whole", "agreed")
    )
    some = sum(any(pin.hashed for pin in found) for found in held)
    count = (
        f"{fixed} of {len(every)} cards have a fixed revision, {whole} have a SHA-256; both from two sources: {agreed}"
    )
    print(f"\n{count}")
    print(f"{some} cards have the SHA-256 of some file; {len(every) - len(held)} have no weights")


if __name__ == "__main__":
    main()
