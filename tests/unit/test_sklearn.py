"""The scikit-learn classifier, in scikit-learn's own hands."""

import warnings

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from saekdong.model.artifact import load
from saekdong.sklearn import ColorClassifier

TREE = ColorClassifier(model="tree", settings={"mindev": 0.002})


@pytest.fixture(scope="module")
def colors(sample_rows) -> tuple[np.ndarray, np.ndarray]:
    return sample_rows.rgb[::2], np.array(sample_rows.labels())[::2]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["tree", "knn"])
def test_it_passes_scikit_learns_checks(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks' own data make some
        results = check_estimator(ColorClassifier(space=None, model=model), on_fail=None, on_skip=None)
    assert [result["check_name"] for result in results if result["status"] == "failed"] == []
    assert sum(result["status"] == "passed" for result in results) > 50


def test_it_is_searched_and_cross_validated_in_pipelines(colors):
    x, y = colors
    search = GridSearchCV(
        ColorClassifier(model="knn"), {"space": ["rgb", "lab"], "settings": [{"k": 1}, {"k": 5}]}, cv=3
    )
    assert search.fit(x, y).best_score_ > 0.7
    assert cross_val_score(TREE, x, y, cv=3).mean() > 0.6
    whole = FunctionTransformer(lambda values: np.clip(np.rint(values), 0, 255))
    assert make_pipeline(whole, TREE).fit(x + 0.2, y).score(x, y) > 0.8
    assert make_pipeline(PCA(2), ColorClassifier(space=None, model="knn")).fit(x, y).score(x, y) > 0.5


@pytest.mark.slow
def test_its_artifact_names_colors_as_it_does(colors, tmp_path):
    x, y = colors
    fitted = ColorClassifier(model="tree", settings={"mindev": 0.002}, seed=3).fit(x, y)
    fitted.save(tmp_path / "model.tar.gz")
    model = load(tmp_path / "model.tar.gz")
    assert sorted(model.vocabulary.ids) == fitted.classes_.tolist()
    assert model.info["seed"] == 3
    assert np.mean(model.predict(x) == fitted.predict(x)) > 0.99
    assert model.id == load(tmp_path / "model.tar.gz").id


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"x": [[1, 2], [3, 4]]}, "colors have the shape"),
        ({"x": [[0.5, 0.5, 0.5], [1, 1, 1]]}, "0.5 is no"),
        ({"model": "forest"}, "no model 'forest'"),
        ({"space": "hsw"}, "hsw"),
        ({"settings": {"size": 3}}, "no setting 'size'"),
        ({"y": ["red", "red"]}, "one class"),
    ],
)
def test_wrong_input_is_a_value_error(wrong, told):
    parameters = {key: value for key, value in wrong.items() if key in ("model", "space", "settings")}
    classifier = ColorClassifier(**{"model": "tree", **parameters})
    with pytest.raises(ValueError, match=told):
        classifier.fit(wrong.get("x", [[1, 2, 3], [200, 3, 4]]), wrong.get("y", ["black", "red"]))


def test_features_that_are_not_colors_have_no_artifact():
    fitted = ColorClassifier(space=None, model="knn", settings={"k": 1}).fit([[0.1], [0.9]], [0, 1])
    with pytest.raises(ValueError, match="cannot be compiled; set space"):
        _ = fitted.artifact_
