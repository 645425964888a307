"""Batch samplers: which rows are learnt together, and which first."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

NEAR = 32
"""Batches whose texts are sorted by length together, so that little of each is padding."""


def by_length(lengths: Sequence[int], first: int = 0, passes: int = 1) -> Callable[..., Any]:
    """Return a class of batch samplers: batches of rows of similar length, in random order.

    lengths: of each row. first: so many rows come before all others, once; the others are passed `passes` times.
    """
    import torch
    from sentence_transformers.base.sampler import DefaultBatchSampler

    parts = [range(first, len(lengths))] * passes

    class ByLength(DefaultBatchSampler):  # type: ignore[misc]
        def __iter__(self) -> Iterator[list[int]]:
            self.generator.manual_seed(self.seed + self.epoch)
            for part in (range(first if self.epoch == 0 else 0), *parts):
                batches = self._batches(part)
                for place in torch.randperm(len(batches), generator=self.generator).tolist():
                    yield batches[place]

        def __len__(self) -> int:
            return count(lengths, self.batch_size, first, passes)

        def _batches(self, part: range) -> list[list[int]]:
            order = [part[place] for place in torch.randperm(len(part), generator=self.generator).tolist()]
            group = NEAR * self.batch_size
            found = []
            for start in range(0, len(order), group):
                near = sorted(order[start : start + group], key=lambda row: lengths[row])
                found += [near[n : n + self.batch_size] for n in range(0, len(near), self.batch_size)]
            return found

    return ByLength


def count(rows: Sequence[object], batch: int, first: int = 0, passes: int = 1) -> int:
    """Return the number of batches that `by_length` makes of these rows."""
    return -(-first // batch) + passes * -(-(len(rows) - first) // batch)
