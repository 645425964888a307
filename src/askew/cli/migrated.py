"""What a migration measured, as people read it and as machines do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from askew.cli.output import say, shortened, table
from askew.index import Index
from askew.migration.migrate import MigrationState, state
from askew.migration.parity import Judgement, Parity, document_titles, most_changed

QUERIES = 5
WIDTH = 70
SCALE = {
    "best": "best score, median",
    "last": "score of the last, median",
    "floor": "99 of 100 unrelated below",
    "unrelated": "unrelated, median",
}


@dataclass(frozen=True)
class Shown:
    """titles: of the documents that are spoken of, by id."""

    parity: Parity
    titles: Mapping[str, str]

    @classmethod
    def of(cls, old: Index, new: Index, parity: Parity) -> Self:
        return cls(parity, document_titles(old, new, most_changed(parity.replayed)))


def show(shown: Shown) -> None:
    parity = shown.parity
    _sides(parity)
    say()
    drawn = "" if parity.asked == parity.total else f" of {parity.total:,}"
    say(f"Asked of both: {parity.asked:,}{drawn} queries from {parity.queries}.")
    say(
        f"overlap@{parity.k}  {parity.overlap:.3f} ({parity.interval.low:.3f} to {parity.interval.high:.3f}) of the "
        f"best {parity.k} are found by both; the first is the same for {parity.same_first:.1%}"
    )
    for judged in parity.judged:
        _judged(judged)
    _changed(shown)
    for name in parity.void:
        say(f"Void after the switch: {name}.")
    say()


def versions(name: str) -> dict[str, str]:
    """What lies beside the index that serves: nothing, most of the time."""
    found = state(name)
    told = {}
    if found.next:
        told["being built"] = f"{_named(found.next)}; compare and switch: askew migrate {name}"
    if found.kept:
        told["kept"] = f"{_named(found.kept)}, from before the switch; free it: askew migrate {name} --drop-old"
    return told


def _named(standing: MigrationState) -> str:
    sealed, sizes = standing.contract.encoder, standing.sizes
    return f"{sealed.model} ({sealed.precision}), {sizes.documents:,} documents, {sizes.bytes / 1e6:,.1f} MB"


def show_measured(measured: Mapping[str, Any]) -> None:
    """What an earlier call measured and kept."""
    say(f"Compared before: overlap@{measured['k']} {measured['overlap']:.3f} on {measured['asked']:,} queries.")


def _sides(parity: Parity) -> None:
    old, new = parity.old, parity.new
    rows: list[tuple[object, ...]] = [
        ("model", f"{old.model} ({old.precision})", f"{new.model} ({new.precision})"),
        ("fingerprint", old.fingerprint[:16], new.fingerprint[:16]),
        ("documents", f"{old.documents:,}", f"{new.documents:,}"),
        ("passages", f"{old.passages:,}", f"{new.passages:,}"),
        ("not seen whole", f"{old.truncated:,}", f"{new.truncated:,}"),
        ("on disk", f"{old.bytes / 1e6:,.1f} MB", f"{new.bytes / 1e6:,.1f} MB"),
    ]
    if old.scale and new.scale:
        rows += [(name, f"{old.scale[key]:.3f}", f"{new.scale[key]:.3f}") for key, name in SCALE.items()]
    table(("", "old", "new"), rows)


def _judged(judged: Judgement) -> None:
    compared = judged.compared
    say(
        f"{judged.measure}  {judged.old:.4f} old, {judged.new:.4f} new on {judged.queries:,} judged queries: "
        f"{compared.difference:+.4f} ({compared.interval.low:+.4f} to {compared.interval.high:+.4f}, p = "
        f"{compared.p:.4f}); better for {compared.won:,}, worse for {compared.lost:,}"
    )
    worst = [one for one in judged.outcomes if one.new < one.old][:QUERIES]
    best = [one for one in reversed(judged.outcomes) if one.new > one.old][:QUERIES]
    for word, ones in (("loser", worst), ("winner", best)):
        for one in ones:
            say(f"  {word:<6}  {one.old:.3f} to {one.new:.3f}  {shortened(one.text, WIDTH)}")


def _changed(shown: Shown) -> None:
    most = most_changed(shown.parity.replayed)[:QUERIES]
    if most:
        say()
        say("Changed most:")
    for one in most:
        say(f"  {one.overlap:.0%} shared: {shortened(one.text, WIDTH)}")
        for side, found in (("old", one.old), ("new", one.new)):
            first = found[0].document if found else "nothing"
            say(f"    {side}  {shortened(shown.titles.get(first, first), WIDTH)}")
