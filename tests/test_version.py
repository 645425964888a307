from importlib.metadata import version

from askew.version import __version__


def test_the_package_has_the_version_of_the_code() -> None:
    assert version("askew") == __version__
