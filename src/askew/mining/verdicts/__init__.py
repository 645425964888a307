"""What two texts that score alike are to each other, with the words that show it. Rules first; a model may be asked."""

from askew.mining.verdicts.judge import judge, judge_all
from askew.mining.verdicts.verdict import DUPLICATE, Kind, Verdict, adjusted

__all__ = ["DUPLICATE", "Kind", "Verdict", "adjusted", "judge", "judge_all"]
