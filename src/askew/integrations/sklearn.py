"""scikit-learn: texts to vectors, as a step of a pipeline."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from askew.embedding import TASK, encode
from askew.environment import require
from askew.errors import InputError
from askew.types import FloatMatrix

require("sklearn", "scikit-learn", "clusters", "askew.integrations.sklearn")

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted


class AskewVectorizer(TransformerMixin, BaseEstimator):
    """Transforms n texts to vectors (n, dim) of float32. Nothing is learned from the texts: `fit` loads the model.

    model: None is the task's own. task, role, precision: as for `askew.encode`; symmetric tasks need no role.
    """

    def __init__(
        self, model: str | None = None, task: str = TASK, role: str | None = None, precision: str = "fp32"
    ) -> None:
        self.model = model
        self.task = task
        self.role = role
        self.precision = precision

    def fit(self, X: Iterable[str], y: object = None) -> Self:  # noqa: N803  # the name that scikit-learn calls it by
        self.dim_ = self._encoded(_texts(X)[:1] or ["text"]).shape[1]
        return self

    def transform(self, X: Iterable[str]) -> FloatMatrix:  # noqa: N803
        check_is_fitted(self)
        return self._encoded(_texts(X))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[Any]:
        """Return the names of the columns: `askew0`, `askew1` …"""
        check_is_fitted(self)
        return np.asarray([f"askew{place}" for place in range(self.dim_)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags

    def _encoded(self, texts: list[str]) -> FloatMatrix:
        return encode(texts, task=self.task, role=self.role, model=self.model, precision=self.precision)


def _texts(data: Iterable[str]) -> list[str]:
    """Return a list, array or column of texts as a list. InputError for one string and for anything but texts."""
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise InputError("X is a list, an array or a column of texts, one for each row.")
    found = np.asarray(data if hasattr(data, "shape") else list(data), dtype=object)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise InputError(f"X is a list, an array or a column of texts, not of shape {found.shape}.")
    return list(found)
