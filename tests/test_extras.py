import pytest

from askew.environment import require
from askew.errors import InputError


def test_a_library_that_is_missing_is_named_with_the_line_that_brings_it() -> None:
    require("numpy", "NumPy", "clusters", "Clustering")
    with pytest.raises(InputError, match=r"Clustering needs Nothing: pip install 'askew\[clusters\]'"):
        require("nothing_of_that_name", "Nothing", "clusters", "Clustering")
