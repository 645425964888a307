"""All conflicts between two texts, strongest first."""

from askew.pair_labels.alignment import Alignment
from askew.pair_labels.asking import asked_otherwise
from askew.pair_labels.conflict import Conflicts
from askew.pair_labels.denied import denied
from askew.pair_labels.opposites import opposed
from askew.pair_labels.reading import Reading
from askew.pair_labels.roles import exchanged
from askew.pair_labels.substitutes import substituted


def conflicts(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Collect the conflicts of every rule."""
    return (
        *denied(a, b),
        *opposed(a, b, aligned),
        *substituted(a, b, aligned),
        *exchanged(a, b),
        *asked_otherwise(a, b),
    )
