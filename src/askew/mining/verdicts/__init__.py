"""Pair classification: how two similar texts relate, with the words that show it. Rule-based, with an optional
model.
"""

from askew.mining.verdicts.judge import judge, judge_all
from askew.mining.verdicts.verdict import DUPLICATE, Kind, Verdict, adjusted

__all__ = ["DUPLICATE", "Kind", "Verdict", "adjusted", "judge", "judge_all"]
