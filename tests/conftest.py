"""Suite-wide set-up: isolation from the user's own cache, cards, calibrations and settings; Ctrl-C."""

import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from askew import paths

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")  # how long an example takes says nothing on a busy machine


MODEL = "all-MiniLM-L6-v2"  # the only model whose weights the suite needs
FOLDERS = {"ASKEW_CACHE": "cache", "ASKEW_CARDS": "cards", "ASKEW_CALIBRATIONS": "calibrations"}
SETTINGS = ("ASKEW_CHAT_URL", "ASKEW_CHAT_MODEL")
CACHE = pytest.StashKey[Path]()

# A run started in the background ignores Ctrl-C, and every process started by a test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Point every folder of askew into a temporary one whose cache links the files of the one model needed.

    This runs before any test module is imported, and processes started by tests inherit it.
    """
    user = paths.cache()
    session = tempfile.TemporaryDirectory(prefix="askew-tests-")
    config.add_cleanup(session.cleanup)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    for variable, folder in FOLDERS.items():
        patch.setenv(variable, str(Path(session.name, folder)))
    for variable in SETTINGS:
        patch.delenv(variable, raising=False)
    config.stash[CACHE] = paths.cache()
    _link(user / "models" / MODEL, paths.cache() / "models" / MODEL)


@pytest.fixture(scope="session")
def model_cache(request: pytest.FixtureRequest) -> Path:
    """Return the cache that holds the model, for tests whose room replaces it with an empty one."""
    return request.config.stash[CACHE]


def _link(source: Path, target: Path) -> None:
    """Link files, not folders: a test that pulls or repairs the model must not write into the user's cache."""
    for file in source.rglob("*"):
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file.resolve())
