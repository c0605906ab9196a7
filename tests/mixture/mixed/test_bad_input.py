"""What SemiSupervisedMixture says of input that it cannot use, and of what it takes with a warning."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from semigen import SemiSupervisedMixture
from tests.mixture.mixed.tables import KINDS, few_labels, table

FRAME, TRUTH = table()
Y = few_labels(TRUTH)


def fit(frame=FRAME, y=Y, **options):
    return SemiSupervisedMixture(**{"blocks": KINDS, "unlabeled_weight": 1.0, **options}).fit(frame, y)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"poisson": ["visit"]}, "column 'visit', which X does not have. Did you mean 'visits'"),
        ({"counts": ["visits"]}, "no kind 'counts'; kinds are .*poisson"),
        ({"Poisson": ["visits"]}, "Did you mean 'poisson'"),
        ({"text": ["note"]}, "Did you mean 'words'"),
        ({"visits": "poisson"}, r"Did you mean \{'poisson': \['visits'\]\}"),
        ({"poisson": ["visits"], "gaussian": ["visits"]}, "'visits' twice"),
        ({"poisson": ["height"]}, "'height' has -?[0-9.]+ in row [0-9]+; counts are whole numbers"),
        ({"ignored": list(FRAME.columns)}, "No column is left"),
        ("all", "blocks"),
    ],
)
def test_blocks_that_name_what_there_is_not_are_refused(blocks, message):
    with pytest.raises(ValueError, match=message):
        fit(blocks=blocks)


@pytest.mark.parametrize("value", [-1.0, 2.5, np.inf])
@pytest.mark.parametrize("kind", ["poisson", "negative_binomial"])
def test_counts_that_are_none_are_refused_with_their_place(value, kind):
    frame = FRAME.assign(visits=np.where(np.arange(len(FRAME)) == 17, value, FRAME["visits"]))
    with pytest.raises(ValueError, match=r"'visits' has .* in row 17"):
        fit(frame, blocks={kind: ["visits"]})
    model = fit(blocks={kind: ["visits"]})
    with pytest.raises(ValueError, match=r"'visits' has .* in row 17"):
        model.predict(frame)


def test_negative_and_absent_words_are_refused():
    counts = csr_matrix(np.array([[1.0, 0, 2], [0, -1, 0], [1, 1, 1]]))
    with pytest.raises(ValueError, match="negative entries"):
        SemiSupervisedMixture().fit(counts, [0, 1, -1])
    with pytest.raises(ValueError, match="blocks must be 'auto'"):
        SemiSupervisedMixture({"words": [0]}).fit(abs(counts), [0, 1, -1])
    texts = pd.DataFrame({"note": [f"word{i} other{i} third{i} four{i} five{i} six{i}" for i in range(30)]})
    with pytest.raises(ValueError, match="The column 'note' has no word of two letters or more that occurs in two"):
        SemiSupervisedMixture({"words": ["note"]}).fit(texts, np.arange(30) % 2)


def test_a_category_that_only_prediction_sees_is_pooled_or_counts_as_missing_with_a_warning():
    model = fit()
    new = FRAME.assign(town=np.where(np.arange(len(FRAME)) == 3, "south", FRAME["town"]))
    with pytest.warns(UserWarning, match="'town': 1 row has a value that training did not see; it counts as missing"):
        found = model.predict_joint_log_proba(new)
    missing = FRAME.assign(town=FRAME["town"].where(np.arange(len(FRAME)) != 3, None))
    assert (found == model.predict_joint_log_proba(missing)).all()
    rare = FRAME.assign(town=np.where(np.arange(len(FRAME)) < 3, [f"t{i}" for i in range(len(FRAME))], FRAME["town"]))
    pooling = fit(rare)
    assert pooling._encoder.levels[0].pools
    seen = pooling.predict_joint_log_proba(rare[:1].assign(town="t0"))
    assert (pooling.predict_joint_log_proba(rare[:1].assign(town="nowhere")) == seen).all()


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    model = fit()
    before = model.predict_joint_log_proba(FRAME)
    with pytest.raises(ValueError, match="visits"):
        model.fit(FRAME.assign(visits=-1.0), Y)
    assert (model.predict_joint_log_proba(FRAME) == before).all()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="visits"), "X has no column 'visits'"),
        (FRAME.rename(columns={"visits": "visit"}), "Did you mean 'visit'"),
    ],
)
def test_columns_that_are_absent_at_prediction_are_named(frame, message):
    with pytest.raises(ValueError, match=message):
        fit().predict(frame)


def test_arrays_of_another_width_are_refused():
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = SemiSupervisedMixture(unlabeled_weight=1.0).fit(X, few_labels(np.arange(60) % 2))
    with pytest.raises(ValueError, match="X has 2 features, but SemiSupervisedMixture is expecting 3"):
        model.predict(X[:, :2])


def test_a_column_that_no_labelled_row_has_is_taken_with_any_weight():
    frame = FRAME.assign(height=FRAME["height"].where(np.arange(len(FRAME)) >= 20))
    for weight in (0.0, 1.0, "auto"):
        model = fit(frame, unlabeled_weight=weight)
        assert np.isfinite(model.predict_joint_log_proba(FRAME)).all()


def test_two_columns_of_one_name_are_refused():
    twice = pd.concat([FRAME, FRAME[["visits"]]], axis=1)
    with pytest.raises(ValueError, match="Two columns are named 'visits'"):
        fit(twice, blocks="auto")


def test_a_report_of_no_values_is_refused():
    with pytest.raises(ValueError, match="n_values=0 names no value"):
        fit().report(n_values=0)


def test_one_label_a_class_is_enough():
    model = fit(y=np.where(np.arange(len(TRUTH)) < 2, TRUTH, -1), unlabeled_weight="auto", n_components="auto")
    assert model.choice_.weight == 1.0
    assert model.choice_.n_components == 1
    assert "and classes have 1 component each" in str(model.choice_)


@pytest.mark.parametrize("n_components", [1, "auto"])
def test_a_class_without_labels_is_learnt_with_the_default_weight(n_components):
    model = fit(blocks="auto", classes=[0, 1, 2], unlabeled_weight="auto", n_components=n_components)
    assert len(model.class_prior_) == 3
    assert 0.0 not in [each.weight for each in model.choice_.tried]


@pytest.mark.parametrize("n", [3, 6, 12])
def test_numbers_of_components_that_rows_are_too_few_for_are_not_tried(n):
    model = fit(FRAME[["height", "town"]][:n], TRUTH[:n], blocks="auto", n_components="auto", unlabeled_weight="auto")
    assert model.choice_.weight == 1.0
    assert all(2 * each.n_components <= n for each in model.choice_.tried)


def test_no_weight_is_tried_where_all_rows_have_a_label():
    assert fit(y=TRUTH, unlabeled_weight="auto").choice_.tried == ()
