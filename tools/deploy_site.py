"""The documentation of this version, put beside those of earlier ones on the branch gh-pages of this repository.

python tools/deploy_site.py [--push]

Each minor version has a folder, in which a patch replaces the one before; `latest` is the highest, and where the site
begins. Besides site/, only the branch changes. --push: brings it up to date with origin first, and sends it
there. A pre-release has no documentation on the site. Exit code 1 if a later patch of this minor version is there, or
if the site does not build.
"""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
BRANCH, ALIAS = "gh-pages", "latest"
PATHS = {**os.environ, "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", "")])}  # mike starts mkdocs by name


def main() -> None:
    version = Version(runpy.run_path(str(ROOT / "src" / "askew" / "version.py"))["__version__"])
    if version.is_prerelease:
        print(f"{version} is a pre-release: nothing is deployed.")
        return
    push = "--push" in sys.argv[1:]
    if push:
        called("git", "fetch", "--quiet", "origin")
    deploy(version, deployed())
    if push:
        called("git", "push", "origin", BRANCH)


def deployed() -> list[Version]:
    """Return the versions whose documentation is on the branch; a folder that is no release, such as dev, is none."""
    listed = json.loads(called("mike", "list", "--json", "--branch", BRANCH))
    return [Version(one["title"]) for one in listed if one["title"][:1].isdigit()]


def deploy(version: Version, others: list[Version]) -> None:
    newer = [str(one) for one in others if one > version and one.release[:2] == version.release[:2]]
    if newer:
        sys.exit(f"{newer[0]} is deployed already, and {version} would replace it.")
    if not others:
        called("mike", "set-default", "--branch", BRANCH, "--allow-undefined", ALIAS)
    alias = [ALIAS] if version >= max(others, default=version) else []
    place = f"{version.major}.{version.minor}"
    called("mike", "deploy", "--branch", BRANCH, "--update-aliases", "--title", str(version), place, *alias)


def called(name: str, *arguments: str) -> str:
    """Run a command in the root and return what it prints; leave with its exit code if it fails."""
    command = [shutil.which(name, path=PATHS["PATH"]) or name, *arguments]
    run = subprocess.run(command, cwd=ROOT, env=PATHS, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        sys.exit(run.returncode)
    return run.stdout


if __name__ == "__main__":
    main()
