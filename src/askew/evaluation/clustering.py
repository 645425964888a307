"""Clustering agreement: clusters from a file against labels, with V-measure, ARI and AMI."""

from collections.abc import Sequence

import numpy as np

from askew.documents.tables import Bad, Table
from askew.environment import require
from askew.errors import InputError, UnknownNameError
from askew.mining.clusters.scores import Agreement, agreement

CLUSTER = "cluster"
"""The column that `askew cluster --out` writes; -1 is an outlier."""


def agreement_of(clusters: Sequence[str], labels: Sequence[str]) -> Agreement:
    """Return V-measure (Rosenberg and Hirschberg 2007), adjusted Rand index and adjusted mutual information.

    clusters, labels: one for each text; texts with the label "" do not count.
    """
    require("sklearn", "scikit-learn", "evaluation", "Measuring clusters")
    if len(clusters) != len(labels):
        raise InputError(f"There are {len(clusters):,} clusters and {len(labels):,} labels; each text needs both.")
    number = {name: n for n, name in enumerate(dict.fromkeys(clusters))}
    return agreement(np.array([number[name] for name in clusters], np.int64), labels)


def column(table: Table, name: str, path: str) -> list[str]:
    """Return a field of every row as strings, "" if missing. path: for the error if there is no such field."""
    if name not in table.names:
        raise InputError(f"{path}: {UnknownNameError('field', name, table.names)}")
    values = []
    for row in table.rows:
        if isinstance(row, Bad):
            raise InputError(f"{path}:{row.line}: {row.reason}.")
        value = row.values.get(name)
        values.append("" if value is None else str(value))
    return values
