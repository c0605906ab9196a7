"""Which columns of arrays are categories, and who asks for a mixture over blocks because of them."""

import numpy as np
import pytest

from semigen import SemiSupervisedEnsemble
from semigen.labels import encode
from semigen.mixture.mixed.indicators import has_categories, indicator_groups
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.training_rows import prepare

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(40, 2))
Y = np.where(np.arange(40) < 12, np.arange(40) % 2, -1)
ADDED = "mixture of numbers and categories"


@pytest.mark.parametrize(
    ("column", "categories"),
    [
        (np.zeros(40), False),
        (np.ones(40), False),
        (np.where(np.arange(40) < 9, np.nan, 0.0), False),
        ((np.arange(40) % 3 == 0).astype(float), True),
        (np.arange(40) / 40, False),
    ],
)
@pytest.mark.filterwarnings("ignore:Skipping features")
def test_a_constant_column_asks_for_no_mixture_over_blocks(column, categories):
    X = np.column_stack([NUMBERS, column])
    assert has_categories(X) == categories
    assert CANDIDATES[ADDED].suits(prepare(X, encode(Y))) == categories
    if not np.isnan(X).any():
        assert (ADDED in SemiSupervisedEnsemble(cv=2, random_state=0).fit(X, Y).estimators_) == categories


def test_a_constant_column_of_an_array_is_a_category_of_one_value():
    assert indicator_groups(np.column_stack([NUMBERS, np.zeros(40)])) == ((2,),)
