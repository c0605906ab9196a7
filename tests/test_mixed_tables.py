"""Tables with numbers, categories and gaps: scikit-learn's encoders in front of the classifiers serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from semigen import LabeledStratifiedKFold, SemiSupervisedGMM, SemiSupervisedGMMCV, SemiSupervisedVAE

NUMBERS, CATEGORIES = ["age", "spending"], ["region", "plan"]


def columns(**options: Any) -> ColumnTransformer:
    """Numbers filled and scaled; a column of zeros and ones for each category."""
    one_hot = OneHotEncoder(**{"handle_unknown": "ignore", "sparse_output": False, **options})
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer([("numbers", filled, NUMBERS), ("categories", one_hot, CATEGORIES)])


def codes() -> ColumnTransformer:
    """Numbers filled; a code for each category, -1 for a missing one."""
    coder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1)
    return ColumnTransformer([("numbers", SimpleImputer(), NUMBERS), ("categories", coder, CATEGORIES)])


def network(**options: Any) -> SemiSupervisedVAE:
    return SemiSupervisedVAE(2, (20,), max_epochs=20, random_state=0, device="cpu", **options)


MODELS = {
    "mixture": lambda: SemiSupervisedGMM("tied", guard=True, random_state=0),
    "mixtures": lambda: SemiSupervisedGMMCV(transforms=("none",), random_state=0),
    "variational autoencoder": network,
}


@pytest.fixture(scope="module")
def customers() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """A table with text, categories and gaps in every column; its classes; and the same where 40 of them are known."""
    rng = np.random.default_rng(0)
    leaves = rng.random(400) < 0.5
    table = pd.DataFrame(
        {
            "age": rng.normal(np.where(leaves, 35, 50), 8),
            "spending": np.exp(rng.normal(np.where(leaves, 3.0, 4.0), 0.5)),
            "region": np.where(leaves ^ (rng.random(400) < 0.2), "north", "south"),
            "plan": pd.Categorical(np.where(leaves ^ (rng.random(400) < 0.3), "free", "team")),
        }
    )
    table = table.mask(rng.random(table.shape) < 0.1)
    truth = pd.Series(np.where(leaves, "leaves", "stays"))
    known = np.isin(np.arange(400), rng.permutation(400)[:40])
    return table, truth, truth.where(known)


@pytest.fixture
def routing() -> Iterator[None]:
    """Metadata routing, which `transform_input` needs."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize("model", MODELS)
def test_text_categories_and_gaps_come_through_the_encoders(customers, model):
    table, truth, y = customers
    assert table.isna().any().all()
    fitted = make_pipeline(columns(), MODELS[model]()).fit(table, y)
    hidden = y.isna()
    assert np.mean(fitted.predict(table[hidden]) == truth[hidden]) > 0.8
    assert fitted[-1].n_unlabeled_ == 360


@pytest.mark.parametrize("model", MODELS)
def test_a_category_that_training_did_not_see_is_none_of_the_known(customers, model):
    table, _, y = customers
    fitted = make_pipeline(columns(), MODELS[model]()).fit(table, y)
    strange = table.head(3).assign(region="moon")
    probability = fitted.predict_proba(strange)
    assert not columns().fit(table).transform(strange)[:, 2:5].any()
    assert np.isfinite(probability).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-6)


def test_gaps_in_numbers_need_no_imputer_with_marginal_densities(customers):
    table, truth, y = customers
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoder = ColumnTransformer([("numbers", "passthrough", NUMBERS), ("categories", one_hot, CATEGORIES)])
    mixtures = SemiSupervisedGMMCV(transforms=("none",), missing="marginal", random_state=0)
    fitted = make_pipeline(encoder, mixtures).fit(table, y)
    assert np.isnan(fitted[:-1].transform(table)).any()
    assert np.mean(fitted.predict(table) == truth) > 0.8


@pytest.mark.parametrize("cast", [object, "category", "str"])
def test_the_kind_of_text_column_makes_no_difference(customers, cast):
    table, _, y = customers
    as_given = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(table, y).predict_proba(table)
    other = table.astype(dict.fromkeys(CATEGORIES, cast))
    of_other = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(other, y).predict_proba(other)
    np.testing.assert_allclose(of_other, as_given, rtol=1e-9)


def test_frames_of_pandas_and_polars_give_the_same_answers(customers):
    table, _, y = customers
    in_polars = pl.DataFrame({name: [None if pd.isna(each) else each for each in table[name]] for name in table})
    assert in_polars.null_count().row(0) == tuple(table.isna().sum())
    of_pandas = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(table, y)
    labels = pl.Series([None if pd.isna(each) else each for each in y])
    of_polars = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(in_polars, labels)
    np.testing.assert_allclose(of_polars.predict_proba(in_polars), of_pandas.predict_proba(table), rtol=1e-9)


def test_cross_validation_of_the_pipeline_trains_on_all_unlabelled_rows(customers):
    table, _, y = customers
    folds = LabeledStratifiedKFold(4, random_state=0)
    seen = []

    def record(model: Any, X: pd.DataFrame, truth: pd.Series) -> float:
        seen.append((model[-1].n_unlabeled_, model[-1].n_labeled_.sum(), len(X), truth.isna().sum()))
        return float(model.score(X, truth))

    scores = cross_val_score(
        make_pipeline(columns(), SemiSupervisedGMM("tied")), table, y, cv=folds, scoring=record, error_score="raise"
    )
    assert seen == [(360, 30, 10, 0)] * 4
    assert scores.mean() > 0.7


def test_names_of_columns_reach_the_model(customers):
    table, _, y = customers
    fitted = make_pipeline(columns().set_output(transform="pandas"), SemiSupervisedGMM("tied")).fit(table, y)
    names = fitted[:-1].get_feature_names_out().tolist()
    assert fitted[-1].feature_names_in_.tolist() == names
    assert names[:3] == ["numbers__age", "numbers__spending", "categories__region_north"]
    assert {"categories__region_nan", "categories__plan_nan"} < set(names)


@pytest.mark.usefixtures("routing")
def test_rows_of_x_unlabeled_go_through_the_encoders_of_a_pipeline(customers):
    table, _, y = customers
    known = y.notna()
    steps = [("columns", columns()), ("model", SemiSupervisedGMM("tied").set_fit_request(X_unlabeled=True))]
    apart = Pipeline(steps, transform_input=["X_unlabeled"])
    apart.fit(table[known], y[known], X_unlabeled=table[~known])
    assert apart[-1].n_unlabeled_ == 360
    # The encoders learn from X alone; fitted to the same rows, they make the same of both.
    encoder = columns().fit(table[known])
    direct = SemiSupervisedGMM("tied").fit(encoder.transform(table), y)
    np.testing.assert_allclose(
        apart.predict_proba(table), direct.predict_proba(encoder.transform(table)), rtol=1e-6, atol=1e-9
    )
    search = GridSearchCV(apart, {"model__unlabeled_weight": [0.1, 1.0]}, cv=3, error_score="raise")
    search.fit(table[known], y[known], X_unlabeled=table[~known])
    assert search.best_estimator_[-1].n_unlabeled_ == 360


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("model", [lambda: SemiSupervisedGMM("tied"), network])
def test_rows_of_x_unlabeled_that_a_pipeline_did_not_transform_are_refused_in_words(customers, model):
    table, _, y = customers
    known = y.notna()
    steps = [("columns", columns()), ("model", model().set_fit_request(X_unlabeled=True))]
    for rows in (table, table[NUMBERS], table[NUMBERS].fillna(0)):
        with pytest.raises(ValueError, match=r"X_unlabeled must be as X is; .* transform_input=\['X_unlabeled'\]"):
            Pipeline(steps).fit(table[known], y[known], X_unlabeled=rows[~known])


def test_codes_take_a_kind_for_each_column_in_the_order_of_the_encoder(customers):
    table, truth, y = customers
    kinds = ["gaussian"] * len(NUMBERS) + ["categorical"] * len(CATEGORIES)
    fitted = make_pipeline(codes(), network(likelihood=kinds)).fit(table, y)
    hidden = y.isna()
    assert np.mean(fitted.predict(table[hidden]) == truth[hidden]) > 0.8
    with pytest.raises(ValueError, match=r"4 entries.*8 columns, in their order \(get_feature_names_out"):
        make_pipeline(columns(), network(likelihood=kinds)).fit(table, y)
    drawn, _ = fitted[-1].sample(200)
    assert set(np.unique(drawn[:, 2])) <= {-1, 0, 1}
    with pytest.raises(ValueError, match=r"category -2.*OneHotEncoder\(handle_unknown='ignore'\)"):
        fitted.predict(table.head(1).assign(region="moon"))


def test_zeros_and_ones_beside_scaled_numbers_are_taken_for_what_they_are(customers):
    table, _, y = customers
    fitted = make_pipeline(columns(), network()).fit(table, y)
    drawn, _ = fitted[-1].sample(100)
    assert set(np.unique(drawn[:, 2:])) == {0, 1}
    assert len(np.unique(drawn[:, :2])) == 200


@pytest.mark.parametrize("model", [name for name in MODELS if name != "mixtures"])
def test_a_sparse_table_is_refused_with_the_option_to_set(customers, model):
    table, _, y = customers
    wide = ColumnTransformer([("categories", OneHotEncoder(), CATEGORIES)], sparse_threshold=1)
    with pytest.raises(TypeError, match=r"OneHotEncoder\(sparse_output=False\), or sparse_threshold=0"):
        make_pipeline(wide, MODELS[model]()).fit(table, y)


@pytest.mark.parametrize("model", [lambda: SemiSupervisedGMM("tied"), network])
def test_text_and_gaps_without_encoders_are_refused_with_the_encoder_to_use(customers, model):
    table, _, y = customers
    with pytest.raises(ValueError, match="OneHotEncoder makes columns of zeros and ones"):
        model().fit(table, y)
    with pytest.raises(
        ValueError, match=r"contains NaN\. (Fill the gaps first: SimpleImputer|Pass missing='marginal')"
    ):
        model().fit(table[NUMBERS], y)


def test_columns_of_pandas_na_need_the_cast_that_the_readme_names(customers):
    table, _, y = customers
    nullable = table.astype({"age": "Float64", "region": "string", "plan": "string"})
    text = nullable[CATEGORIES]
    nullable[CATEGORIES] = text.astype(object).where(text.notna(), None)
    as_given = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(table, y).predict_proba(table)
    cast = make_pipeline(columns(), SemiSupervisedGMM("tied")).fit(nullable, y).predict_proba(nullable)
    np.testing.assert_allclose(cast, as_given, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_columns_of_rare_categories_leave_a_fit_possible(customers, model):
    table, truth, y = customers
    crowded = table.assign(plan=[f"plan {number}" for number in np.random.default_rng(1).integers(0, 60, len(table))])
    fitted = make_pipeline(columns(handle_unknown="infrequent_if_exist", min_frequency=0.05), MODELS[model]())
    assert np.mean(fitted.fit(crowded, y).predict(crowded) == truth) > 0.7
    every = make_pipeline(columns(), MODELS[model]()).fit(crowded, y)
    assert every[-1].n_features_in_ == 65
    assert np.isfinite(every.predict_proba(crowded)).all()
