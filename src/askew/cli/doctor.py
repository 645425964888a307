"""`askew doctor`: what is installed here, and what keeps askew from working."""

from dataclasses import asdict

import typer

from askew.cli.output import AsJson, as_json, say
from askew.diagnostics.installation import Installation
from askew.diagnostics.installation import doctor as examine

WIDTH = 13
BYTES = 1_000_000_000


def doctor(json: bool = AsJson) -> None:
    """Examine the installation, and say what to do. Libraries, processor, cache, models, extras and network; exit code
    1 if something does not work.
    """
    found = examine()
    if json:
        as_json({**asdict(found), "ok": not found.problems})
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(1)


def _show(found: Installation) -> None:
    here, cache = found.machine, found.cache
    sets = ", ".join(here.instruction_sets) or "none known"
    libraries = ", ".join(f"{name} {version or 'missing'}" for name, version in found.libraries.items())
    memory = f", {here.memory / BYTES:.1f} GB" if here.memory else ""
    state = "writable" if cache.writable else "not writable"
    rows = {
        "askew": f"{found.version}, Python {found.python} ({found.executable})",
        "system": here.system,
        "processor": f"{here.cores} cores, {here.processor}, {sets}{memory}",
        "libraries": libraries,
        "ONNX Runtime": ", ".join(found.providers) or "not usable",
        "cache": f"{cache.path} ({cache.size / BYTES:.2f} GB, {state}, {cache.free / BYTES:.1f} GB free)",
        "models": ", ".join(found.models) or "none",
        "extras": ", ".join(extra.name for extra in found.extras if extra.installed) or "none",
        "environment": ", ".join(f"{name}={value}" for name, value in found.environment.items()) or "nothing set",
    }
    for name, value in rows.items():
        say(f"{name:<{WIDTH}} {value}")
    for extra in found.extras:
        if not extra.installed:
            say(f"{'without':<{WIDTH}} {extra.name}: {extra.commands} (pip install 'askew[{extra.name}]')")
    for problem in found.problems:
        say(f"{'problem':<{WIDTH}} {problem.sentence}")
        say(f"{'':<{WIDTH}} -> {problem.remedy}")
    if not found.problems:
        say("Everything works.")
