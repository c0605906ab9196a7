"""What cannot be used with label_mechanism: a sentence says what is wrong, and the estimator stays as it was."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import Partitions, SemiSupervisedGMM

X = np.random.default_rng(0).normal(size=(40, 2)) + 3 * (np.arange(40) % 2)[:, None]
Y = np.where(np.arange(40) < 16, np.arange(40) % 2, -1)
ALL = np.arange(40) % 2
NOTHING = np.full(40, -1)
ENTROPY, CLASS = {"label_mechanism": "entropy"}, {"label_mechanism": "class"}


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"label_mechanism": "random"}, Y, "'label_mechanism' parameter"),
        (ENTROPY, ALL, "every row that counts has one: without a missing label there is nothing to compare"),
        (CLASS, ALL, "every row that counts has one"),
        (ENTROPY | {"classes": [0, 1]}, NOTHING, "no row that counts has one: without a label"),
        (CLASS | {"classes": [0, 1]}, NOTHING, "no row that counts has one"),
        (ENTROPY, NOTHING, "y has no labelled row"),
        (ENTROPY | {"classes": [0]}, np.minimum(Y, 0), "needs two classes or more"),
        (ENTROPY | {"unlabeled_weight": 0}, Y, "with unlabeled_weight=0 those do not count"),
        (CLASS | {"unlabeled_weight": 0}, Y, "take a larger unlabeled_weight, or label_mechanism=None"),
        (ENTROPY | {"label_noise": "auto"}, Y, "takes the labels that are given to be right, and label_noise does not"),
        (ENTROPY | {"class_prior": "unlabeled"}, Y, "does not go with class_prior='unlabeled'"),
        (CLASS | {"class_prior": [0.5, 0.5]}, Y, "class_prior fixes it: leave class_prior at None"),
        (ENTROPY | {"distribution": "t"}, Y, "take distribution='normal', or label_mechanism='class'"),
        (ENTROPY, [{0, 1, 2} if i == 3 else each for i, each in enumerate(Y.tolist())], "row 3 has probabilities"),
        (CLASS, np.where((Y < 0)[:, None], 0.4 + 0.2 * np.eye(2)[ALL], np.eye(2)[ALL]), "row 16 has probabilities"),
    ],
)
def test_what_does_not_go_with_a_mechanism_is_refused(options, y, message):
    if isinstance(y, list):
        options = options | {"classes": [0, 1, 2, 3]}
    model = SemiSupervisedGMM("diag").fit(X, Y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))


def test_rows_of_weight_zero_do_not_make_a_mechanism():
    with pytest.raises(ValueError, match="every row that counts has one"):
        SemiSupervisedGMM(label_mechanism="entropy").fit(X, Y, (Y >= 0).astype(float))


def test_rows_in_parts_are_refused_with_the_entropy_and_where_all_have_labels():
    with pytest.raises(ValueError, match="looks at all rows in memory, and these come in parts"):
        SemiSupervisedGMM(label_mechanism="entropy").fit(Partitions([(X, Y)]))
    with pytest.raises(ValueError, match="every row that counts has one"):
        SemiSupervisedGMM(label_mechanism="class").fit(Partitions([(X, ALL)]))


@pytest.mark.parametrize("options", [ENTROPY, CLASS], ids=str)
def test_statistics_and_streams_are_refused(options):
    model = SemiSupervisedGMM("diag", **options).fit(X, Y)
    with pytest.raises(ValueError, match="statistics do not tell: fit with label_mechanism=None"):
        model.statistics(X, Y)
    with pytest.raises(ValueError, match="label_mechanism is estimated from all rows together, and a stream does not"):
        model.partial_fit(X, Y)


def test_a_class_without_any_label_has_a_share_of_zero_and_one_that_is_labelled_throughout_of_nearly_one():
    y = np.where(ALL == 0, np.where(np.arange(40) < 30, 0, -1), -1)
    model = SemiSupervisedGMM("diag", label_mechanism="class", classes=[0, 1], random_state=0).fit(X, y)
    shares = model.label_mechanism_.coefficients
    assert shares[1] == 0
    assert 0.5 < shares[0] <= 1
    assert np.isfinite(model.predict_log_proba(X)).all()
    assert model.score(X, ALL) > 0.9
