"""Saved models: a file sets what is declared, and describes the networks that it holds."""

from __future__ import annotations

import inspect
import tracemalloc
from typing import Any

import numpy as np
import pytest

import semigen
from semigen.deep.estimators import saving
from tests.deep.tables import CLASSIFIERS, FLOWS, MODELS, blobs, small, truth
from tests.fuzz.mutations import Parts, bounded_memory


def test_whatever_plain_parameters_hold_can_be_saved(tmp_path):
    X, y = blobs()
    classes = list(np.unique(truth()))
    model = small(
        "SemiSupervisedVAE", classes=classes, class_prior={0: 0.2, 1: 0.3, 2: 0.5}, hidden_dims=(np.int64(8),)
    )
    model.fit(X, y).save(tmp_path / "model")
    again = semigen.load(tmp_path / "model")
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert np.allclose(again.fit(X, y).class_prior_, [0.2, 0.3, 0.5])


RUN = {"callbacks", "checkpoint", "random_state", "verbose", "vae", "start"}


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    X, y = blobs(30)
    return {name: small(name).fit(*((X, y) if name in CLASSIFIERS else (X,))) for name in MODELS}


@pytest.fixture
def forged(models, tmp_path):
    """Load the file of a model after somebody has changed what it says, and made the checksum fit."""

    def load(name: str, change: Any) -> Any:
        models[name].save(tmp_path / "model")
        parts = Parts.of(tmp_path / "model")
        change(parts)
        (tmp_path / "model").write_bytes(parts.content())
        return semigen.load(tmp_path / "model", device="cpu")

    return load


def wrong(name: str, key: str, value: Any) -> Any:
    return lambda parts: parts.facts[name].update({key: value})


@pytest.mark.parametrize("name", MODELS)
def test_every_public_attribute_of_a_fit_is_declared_and_comes_back(name, models, forged):
    model = models[name]
    left = {attribute for attribute in vars(model) if attribute.endswith("_") and not attribute.startswith("_")}
    assert left - {"vae_", "start_", "suspicions_"} == model._attribute_kinds.keys() - {"feature_names_in_"}
    again = forged(name, lambda parts: None)
    assert left - {"vae_", "start_", "suspicions_"} == {
        a for a in vars(again) if a.endswith("_") and not a.startswith("_")
    }
    for parameter, value in again.get_params(deep=False).items():
        if parameter in RUN:
            assert value == inspect.signature(type(model)).parameters[parameter].default
        elif parameter != "device":
            assert np.array_equal(value, getattr(model, parameter))


@pytest.mark.parametrize("name", MODELS)
def test_a_file_cannot_set_a_path_that_a_fit_would_write_to_nor_anything_else_of_the_run(name, forged, tmp_path):
    for parameter in sorted(RUN):
        with pytest.raises(ValueError, match=f"parameters has '{parameter}', which a file cannot set"):
            forged(name, lambda parts, which=parameter: parts.facts["parameters"].update({which: str(tmp_path / "x")}))


@pytest.mark.parametrize("attribute", ["predict", "__dict__", "__class__", "_weights", "checkpoint", "vae_", "more_"])
def test_a_file_cannot_set_an_attribute_that_is_not_declared(attribute, forged):
    for packed in [
        {"kind": "plain", "value": 3},
        {"kind": "tensor", "name": "history_"},
        {"kind": "dict", "items": {}},
    ]:
        with pytest.raises(ValueError, match=r"attributes has|the attribute"):
            forged("SemiSupervisedVAE", lambda parts, what=packed: parts.facts["attributes"].update({attribute: what}))


@pytest.mark.parametrize("name", MODELS)
def test_networks_are_refused_before_they_are_built_if_they_are_not_those_of_the_weights(name, forged):
    changes: list[dict[str, Any]] = [{"hidden_dims": [40_000, 40_000]}, {"hidden_dims": [10**8] * 2}]
    changes += [{"hidden_dims": [1] * 10**5}, {"hidden_dims": [7]}]
    changes += [{"n_couplings": 10**12}] if name in FLOWS else [{"latent_dim": 10**8}, {"latent_dim": 3}]
    changes += [{"generator_dims": [10**8] * 2}] if name == "SemiSupervisedGAN" else []
    for change in changes:
        with bounded_memory(2**29), pytest.raises(ValueError, match=r"networks|latent variables"):
            forged(name, lambda parts, what=change: parts.facts["architecture"].update(what))


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("SemiSupervisedVAE", wrong("parameters", "latent_dim", "2"), "latent_dim"),
        ("SemiSupervisedVAE", wrong("parameters", "latent_dim", [[2]]), "parameters.latent_dim"),
        ("SemiSupervisedVAE", wrong("architecture", "activation", "eval"), "one of"),
        ("SemiSupervisedVAE", wrong("architecture", "class_prior", [0.5, 0.5]), "of 2 classes, and .* of 3"),
        ("SemiSupervisedVAE", wrong("architecture", "learning", {"alpha": "x"}), "learning.alpha"),
        ("SemiSupervisedVAE", wrong("coding", "kinds", ["gaussian"] * 3), "of 3 columns, and .* of 4"),
        ("SemiSupervisedVAE", wrong("coding", "scale", [0.0] * 4), "above 0"),
        ("SemiSupervisedVAE", wrong("coding", "centre", [1e300] * 4), "float32"),
        ("SemiSupervisedVAE", wrong("coding", "categories", [[1.0]]), "each categorical column"),
        ("SemiSupervisedVAE", wrong("attributes", "n_iter_", {"kind": "plain", "value": -1}), "n_iter_ is -1"),
        ("SemiSupervisedVAE", wrong("attributes", "temperature_", {"kind": "plain", "value": 0}), "above 0"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays.update(more=np.zeros(1)), "the file has 'more'"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays.pop("weights.log_prior"), "weights lacks 'log_prior'"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays["weights.log_prior"].fill(np.nan), "no finite numbers"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays["attributes.classes_"].fill(1), "different names"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays["attributes.transduction_"].fill(9), "not of classes_"),
        ("SemiSupervisedVAE", lambda parts: parts.arrays["attributes.class_prior_"].fill(1), "sum to one"),
        ("VAEFeatures", lambda parts: parts.arrays["attributes.active_"].fill(2), "numbers below 2"),
        ("SemiSupervisedGAN", wrong("architecture", "n_classes", 4), "of 4 classes, and .* of 3"),
        ("StackedSemiSupervisedVAE", wrong("architecture", "lower", {"latent_dim": 2}), "lower lacks"),
    ],
)
def test_a_part_that_is_no_such_thing_is_named(name, change, what, forged):
    with pytest.raises(ValueError, match=rf"holds no sound model: .*{what}"):
        forged(name, change)


def test_images_of_another_shape_are_refused_though_the_weights_suit_them(tmp_path):
    X, y = np.random.default_rng(0).integers(0, 2, (30, 6)).astype(np.float32), blobs(30)[1]
    model = small("SemiSupervisedGAN", image_shape=(1, 2, 3), hidden_dims=(2,), max_epochs=1).fit(X, y)
    model.save(tmp_path / "model")
    parts = Parts.of(tmp_path / "model")
    parts.facts["architecture"]["image_shape"] = [1, 1, 4]
    (tmp_path / "model").write_bytes(parts.content())
    with pytest.raises(ValueError, match="does not match rows of 6 columns"):
        semigen.load(tmp_path / "model")


def test_parameters_that_an_earlier_version_did_not_have_keep_their_defaults(forged):
    again = forged("SemiSupervisedVAE", lambda parts: parts.facts["parameters"].pop("warm_up"))
    assert again.warm_up == 0.3


def test_another_version_is_named_where_its_file_is_not_understood(forged):
    def newer(parts: Parts) -> None:
        parts.metadata["version"] = "9.1"
        parts.facts["parameters"]["depth"] = 3

    with pytest.raises(
        ValueError, match=f"'depth'.* written by semigen 9.1, and this is semigen {semigen.__version__}"
    ):
        forged("SemiSupervisedVAE", newer)


def test_what_load_would_refuse_is_not_written(tmp_path):
    X, y = blobs(30)
    model = small("SemiSupervisedVAE").fit(X, y)
    with pytest.raises(ValueError, match=r"cannot be saved as it is: .*latent_dim"):
        model.set_params(latent_dim=-1).save(tmp_path / "model")
    model.set_params(latent_dim=2).transduction_ = np.array([9])
    with pytest.raises(ValueError, match="cannot be saved as it is: transduction_"):
        model.save(tmp_path / "model")

    class Own(semigen.SemiSupervisedVAE):
        pass

    with pytest.raises(TypeError, match="Own is no class of semigen"):
        Own(2, (4,), max_epochs=1).fit(X, y).save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_forged_list_of_texts_takes_memory_in_proportion_to_itself():
    members = ["a" * 30_000, *["b"] * 3_000]
    packed = {"kind": "list", "value": members, "dtype": "str"}
    tracemalloc.start()
    try:
        saving._unpacked("feature_names_in_", packed, None, [])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1e6
