"""The last lines of every benchmark: one for each goal, and exit code 1 when one is missed."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """`value` must be at least `goal`, or at most where `most`."""

    name: str
    value: float
    goal: float
    unit: str = ""
    most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.most else self.value >= self.goal

    def line(self) -> str:
        sign = "<=" if self.most else ">="
        word = "met" if self.met else "missed"
        return f"{word} {self.name} {self.value:.4g}{self.unit} (goal {sign} {self.goal:g}{self.unit})"


def finish(goals: list[Goal]) -> None:
    print()
    for goal in goals:
        print(goal.line())
    sys.exit(0 if all(goal.met for goal in goals) else 1)
