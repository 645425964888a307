"""Pair classification: how two similar texts relate, with the words that show it. Rule-based, with an optional
model.
"""

from askew.pair_labels.judge import judge, judge_all
from askew.pair_labels.verdict import DUPLICATE, Kind, Verdict, adjusted

__all__ = ["DUPLICATE", "Kind", "Verdict", "adjusted", "judge", "judge_all"]
