"""The gate: a trained model is offered only if it is proven better on held-out data, and has forgotten nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from askew.encoders import Encoder
from askew.errors import InputError
from askew.progress import Report, silent
from askew.training.data import DataKind, TrainingData, parts_of, read_training_data
from askew.training.trials import Change, Trial, trial
from askew.types import Document
from askew.validation import file_path
from askew.values import items

LEVEL = 0.05
"""Largest p of the one-sided test at which a model counts as better."""
BOUND = 0.02
"""Largest loss on a set of another subject, of nDCG@10 or another measure from 0 to 1."""
LISTED = 5
EVERYDAY = "everyday.jsonl"


@dataclass(frozen=True)
class Verdict:
    """Whether a trained model is better. reasons: why not, in sentences; none if it is accepted.

    held_out: on documents and queries that no training saw. forgetting: on sets of other subjects. notes: what the
    trials cannot show. forced: offered although it is not accepted.
    """

    accepted: bool
    held_out: Trial
    forgetting: tuple[Trial, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    forced: bool = False

    @property
    def offered(self) -> bool:
        """Whether a switch to the model is offered."""
        return self.accepted or self.forced

    @property
    def winners(self) -> tuple[Change, ...]:
        return tuple(one for one in self.held_out.changes if one.after > one.before)[:LISTED]

    @property
    def losers(self) -> tuple[Change, ...]:
        """The largest losses first."""
        return tuple(one for one in reversed(self.held_out.changes) if one.after < one.before)[:LISTED]


def gate(
    base: Encoder,
    trained: Encoder,
    test: TrainingData,
    *,
    forgetting: Mapping[str, TrainingData] | None = None,
    symmetric: bool = False,
    force: bool = False,
    report: Report = silent,
) -> Verdict:
    """Compare two encoders on held-out data, and on sets of other subjects. Both have to be loaded for the same task.

    test: of a split; all its documents are searched. forgetting: sets by name; None takes the two small ones of askew,
    symmetric and asymmetric. symmetric: as in symmetric tasks, the queries of `test` are encoded as documents are.
    force: offer the model even if it is not better; the verdict still says what that costs.
    """
    held_out = trial("held out", test, base, trained, report, symmetric=symmetric)
    sets = everyday() if forgetting is None else forgetting
    trials = [trial(name, data, base, trained, report, symmetric=name == SYMMETRIC) for name, data in sets.items()]
    return verdict(held_out, trials, force=force)


def verdict(held_out: Trial, forgetting: Sequence[Trial], *, force: bool = False) -> Verdict:
    """Decide from trials, such as of runs: better at LEVEL, and no set of other subjects lost more than BOUND."""
    reasons = [*_not_better(held_out), *(reason for one in forgetting for reason in _forgotten(one))]
    notes = tuple(
        f"{one.name} has {one.size:,} queries or pairs and cannot show a loss below {one.provable:.3f}."
        for one in forgetting
        if one.provable > BOUND
    )
    if not forgetting:
        notes = ("Nothing was measured on other subjects: what the model has forgotten is not known.",)
    return Verdict(not reasons, held_out, tuple(forgetting), tuple(reasons), notes, force and bool(reasons))


def cost(verdict: Verdict) -> str:
    """Return what a switch to the model costs, where it is not accepted."""
    one = verdict.held_out
    lost = sum(change.after < change.before for change in one.changes)
    told = f"{one.measure} on held-out data changes by {one.compared.difference:+.4f}"
    worse = f"{lost:,} of {one.size:,} queries or pairs get worse"
    others = [f"{each.name} by {each.compared.difference:+.4f}" for each in verdict.forgetting]
    return ", ".join([told, *others, worse]) + "."


def forgetting_sets(paths: str | Path | Sequence[str | Path]) -> dict[str, TrainingData] | None:
    """Read the user's own sets of other subjects, by path; None without any: those of askew."""
    want = "forgetting is the path of a file with training data, or several"
    listed = [paths] if isinstance(paths, str | Path) else items(paths, want)
    return {str(path): _forgetting_set(file_path(path, "forgetting")) for path in listed} or None


def _forgetting_set(path: Path) -> TrainingData:
    """Read a set to measure with: of a folder with parts, the test part."""
    parts = parts_of(path) if path.is_dir() else {}
    found = read_training_data(path, part=next((part for part in ("test", "dev", "train") if part in parts), "test"))
    if not found.grades and len({pair.score for pair in found.scores}) == 1:
        raise InputError(f"All pairs of {path} have the same label, so that nothing can be measured with them.")
    return found


ASYMMETRIC, SYMMETRIC = "everyday questions and answers", "everyday paraphrases"


def everyday() -> dict[str, TrainingData]:
    """Return two sets that askew brings, 40 queries each: they show a model that is broken, and hardly more."""
    lines = resources.files("askew.training").joinpath(EVERYDAY).read_text("utf-8").splitlines()
    rows = {f"e{place}": json.loads(line) for place, line in enumerate(lines)}
    queries = {id: row["question"] for id, row in rows.items()}
    grades = {id: {id: 1.0} for id in rows}
    return {
        name: TrainingData(
            queries,
            {id: Document(id, row[side]) for id, row in rows.items()},
            grades,
            kinds=frozenset({DataKind.PAIRS}),
        )
        for name, side in ((ASYMMETRIC, "passage"), (SYMMETRIC, "paraphrase"))
    }


def _not_better(one: Trial) -> list[str]:
    if one.p < LEVEL:
        return []
    bounds = one.compared.interval
    told = f"{one.measure} {one.base:.4f} before and {one.trained:.4f} after, 95 % of the difference within "
    return [f"It is not proven better: {told}{bounds.low:+.4f} to {bounds.high:+.4f} (p = {one.p:.3f})."]


def _forgotten(one: Trial) -> list[str]:
    if one.compared.difference >= -BOUND:
        return []
    if one.compared.difference != one.compared.difference:
        return [f"What it has forgotten cannot be told: on {one.name}, {one.measure} is not defined (equal scores)."]
    return [f"It has forgotten: on {one.name}, {one.measure} falls from {one.base:.4f} to {one.trained:.4f}."]
