"""All conflicts between two texts, strongest first."""

from askew.mining.verdicts.alignment import Alignment
from askew.mining.verdicts.asking import asked_otherwise
from askew.mining.verdicts.conflict import Conflicts
from askew.mining.verdicts.denied import denied
from askew.mining.verdicts.opposites import opposed
from askew.mining.verdicts.reading import Reading
from askew.mining.verdicts.roles import exchanged
from askew.mining.verdicts.substitutes import substituted


def conflicts(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Collect the conflicts of every rule."""
    return (
        *denied(a, b),
        *opposed(a, b, aligned),
        *substituted(a, b, aligned),
        *exchanged(a, b),
        *asked_otherwise(a, b),
    )
