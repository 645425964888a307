"""Health of an index or a FAQ: integrity first, and diagnostics where that is intact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.diagnostics.finding import Level
from askew.diagnostics.run import Depth, Diagnosis, diagnose
from askew.faq.faq import Faq, open_any
from askew.index import Index
from askew.progress import Report, reporter
from askew.stores import Sizes


@dataclass(frozen=True)
class Health:
    """Result of a check. By channel for a FAQ, and under "" for a single index.

    errors: integrity errors, one sentence each. unpaired: ids in only one channel of a FAQ. diagnoses: empty unless
    integrity is intact.
    """

    errors: tuple[str, ...]
    unpaired: tuple[str, ...]
    sizes: Mapping[str, Sizes]
    diagnoses: Mapping[str, Diagnosis]

    @property
    def intact(self) -> bool:
        return not self.errors and not self.unpaired

    @property
    def advised(self) -> bool:
        """Whether any finding comes with advice."""
        return any(diagnosis.of(Level.ADVICE) for diagnosis in self.diagnoses.values())


def check(
    name: str | Path,
    depth: Depth = Depth.NORMAL,
    queries: Sequence[str] = (),
    *,
    progress: bool | Report | None = None,
) -> Health:
    """Check an index or a FAQ. queries: users' messages, used instead of stored passages (see `diagnose`)."""
    report = reporter(progress)
    with open_any(name) as opened:
        errors = tuple(opened.check())
        unpaired = tuple(opened.unpaired()) if isinstance(opened, Faq) else ()
        channels: Mapping[str, Index] = opened.channels if isinstance(opened, Faq) else {"": opened}
        names = {channel: str(opened.path / channel) if isinstance(opened, Faq) else str(name) for channel in channels}
        sizes = {channel: index.sizes() for channel, index in channels.items()}
        whole = {} if errors or unpaired else channels
        looks = {channel: diagnose(index, names[channel], depth, queries, report) for channel, index in whole.items()}
        return Health(errors, unpaired, sizes, looks)
