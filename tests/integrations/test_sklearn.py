"""scikit-learn: pipelines, cloning, sets of columns, and the checks of its own that apply to texts."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

import askew
from askew.errors import InputError
from askew.integrations.sklearn import AskewVectorizer

TEXTS = ["red tents", "blue tents", "green tents", "soup at noon", "soup today", "hot soup"] * 3
LABELS = [0, 0, 0, 1, 1, 1] * 3
CHECKS = (
    "check_mixin_order",
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_do_not_raise_errors_in_init_or_set_params",
)
"""Those of `check_estimator` that pass no data; the others pass matrices of numbers."""


@pytest.mark.parametrize("name", CHECKS)
def test_scikit_learns_own_checks(name: str) -> None:
    getattr(estimator_checks, name)("AskewVectorizer", AskewVectorizer("hashing"))


def test_vectors_are_those_of_encode() -> None:
    made = AskewVectorizer("hashing").fit(TEXTS).transform(TEXTS)
    np.testing.assert_array_equal(made, askew.encode(TEXTS, task="paraphrase", model="hashing"))
    assert made.dtype == np.float32


@pytest.mark.parametrize(
    "data",
    [TEXTS, tuple(TEXTS), np.array(TEXTS), np.array(TEXTS)[:, None], pd.Series(TEXTS), pd.DataFrame({"t": TEXTS})],
)
def test_texts_come_in_any_container(data: object) -> None:
    wanted = askew.encode(TEXTS, task="paraphrase", model="hashing")
    np.testing.assert_array_equal(AskewVectorizer("hashing").fit_transform(data), wanted)


def test_a_pipeline_learns_and_its_settings_are_searched() -> None:
    pipeline = make_pipeline(AskewVectorizer("hashing"), LogisticRegression())
    search = GridSearchCV(pipeline, {"askewvectorizer__task": ["paraphrase", "duplicate-questions"]}, cv=3)
    assert search.fit(TEXTS, LABELS).score(["more soup", "yellow tents"], [1, 0]) == 1.0


def test_names_of_columns_and_a_frame_as_output() -> None:
    vectorizer = AskewVectorizer("hashing").set_output(transform="pandas")
    frame = vectorizer.fit_transform(TEXTS)
    assert list(frame.columns) == list(vectorizer.get_feature_names_out())
    assert frame.columns[0] == "askew0"


def test_a_clone_is_not_fitted() -> None:
    vectorizer = AskewVectorizer("hashing", task="faq", role="query").fit(TEXTS)
    copy = clone(vectorizer)
    assert copy.get_params() == vectorizer.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(TEXTS)


@pytest.mark.parametrize("data", ["one text", 3, np.zeros((2, 2)), [["a"], ["b", "c"]], [None]])
def test_what_is_not_texts_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        AskewVectorizer("hashing").fit(TEXTS).transform(data)
