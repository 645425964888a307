"""How the findings of a look at an index are shown, and when they make a check fail."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from askew.cli.output import say
from askew.diagnostics.finding import Finding, Level
from askew.diagnostics.run import Diagnosis

WIDTH = 8


def shown(findings: Sequence[Finding], half: str = "") -> None:
    """half: of a FAQ, which of its indexes they are of."""
    for finding in findings:
        say(f"{finding.level:<{WIDTH}}{half and half + ': '}{finding.name}: {finding.sentence}")
        if finding.remedy:
            say(f"{'':<{WIDTH}}-> {finding.remedy}")


def listed(look: Diagnosis, everything: bool) -> list[Finding]:
    """What a person is shown: what is in order only if that is asked for."""
    return list(look.findings) if everything else look.of(Level.ADVICE, Level.NOTE)


def json_of(look: Diagnosis) -> list[dict[str, Any]]:
    """All of them, also what is in order."""
    return [asdict(finding) for finding in look.findings]


def advised(looks: Sequence[Diagnosis]) -> bool:
    return any(look.of(Level.ADVICE) for look in looks)
