"""Callbacks: hooks and their former names, pictures, TensorBoard, and silence."""

from __future__ import annotations

import warnings

import pytest

from semigen.deep import Moment, SamplePictures, TensorBoard
from tests.deep.tables import blobs, same_weights, small


def test_pictures_are_written_while_a_model_learns_and_change_nothing(tmp_path):
    pytest.importorskip("matplotlib")
    X, y = blobs()
    for name in ("SemiSupervisedGAN", "SemiSupervisedVAE", "StackedSemiSupervisedVAE"):
        folder = tmp_path / name
        pictures = SamplePictures(folder, every=2, n_samples=9)
        watched = small(name, callbacks=[pictures]).fit(X, y)
        assert sorted(path.name for path in folder.iterdir()) == [f"epoch-000{i}.png" for i in (2, 4, 6)]
        assert same_weights(watched, small(name).fit(X, y))
    with pytest.raises(ValueError, match="image_shape"):
        small("SemiSupervisedVAE", callbacks=[SamplePictures(tmp_path, image_shape=(3, 3))]).fit(X, y)


@pytest.mark.parametrize("options", [{"every": 0}, {"every": -1}, {"n_samples": 0}, {"every": 1.5}], ids=str)
def test_pictures_that_cannot_be_are_refused_at_once(options, tmp_path):
    with pytest.raises((TypeError, ValueError), match=next(iter(options))):
        SamplePictures(tmp_path, **options)
    with pytest.raises(TypeError, match="give an object"):
        small("SemiSupervisedGAN", callbacks=[SamplePictures]).fit(*blobs())


def test_callbacks_are_called_at_their_moments():
    X, y = blobs()
    seen = []

    class Listener:
        def on_train_begin(self, moment: Moment) -> None:
            seen.append(("began", moment.epoch))

        def on_train_end(self, moment: Moment) -> None:
            seen.append(("ended", moment.epoch))

    small("SemiSupervisedVAE", max_epochs=2, callbacks=[Listener(), lambda m: seen.append(("epoch", m.epoch))]).fit(
        X, y
    )
    assert seen == [("began", 0), ("epoch", 1), ("epoch", 2), ("ended", 2)]
    with pytest.raises(TypeError, match="callbacks"):
        small("SemiSupervisedVAE", callbacks=[3]).fit(X, y)


def test_former_names_of_hooks_are_called_with_a_warning():
    X, y = blobs()
    seen = []

    class Listener:
        def training_began(self, moment: Moment) -> None:
            seen.append(("began", moment.epoch))

        def epoch_ended(self, moment: Moment) -> None:
            seen.append(("epoch", moment.epoch))

        def training_ended(self, moment: Moment) -> None:
            seen.append(("ended", moment.epoch))

    with pytest.warns(DeprecationWarning, match="of Listener is now called") as told:
        small("SemiSupervisedVAE", max_epochs=2, callbacks=[Listener()]).fit(X, y)
    assert seen == [("began", 0), ("epoch", 1), ("epoch", 2), ("ended", 2)]
    expected = [
        ("training_began", "on_train_begin"),
        ("epoch_ended", "on_epoch_end"),
        ("training_ended", "on_train_end"),
    ]
    assert len(told) == len(expected)
    for warning, (former, present) in zip(told, expected, strict=True):
        assert f"{former} of Listener is now called {present}" in str(warning.message)
        assert warning.filename == __file__


def test_a_callback_with_both_names_of_a_hook_is_called_once_by_the_present_one():
    X, y = blobs()
    seen = []

    class Listener:
        def epoch_ended(self, moment: Moment) -> None:
            seen.append("former")

        def on_epoch_end(self, moment: Moment) -> None:
            seen.append("present")

    small("SemiSupervisedVAE", max_epochs=1, callbacks=[Listener()]).fit(X, y)
    assert seen == ["present"]


def test_tensorboard_says_what_it_needs(tmp_path):
    X, y = blobs()
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match="pip install tensorboard"):
            small("SemiSupervisedVAE", callbacks=[TensorBoard(tmp_path)]).fit(X, y)
    else:
        small("SemiSupervisedVAE", callbacks=[TensorBoard(tmp_path)]).fit(X, y)
        assert list(tmp_path.iterdir())


@pytest.mark.parametrize(("verbose", "shown"), [(0, False), (1, True), (2, True)])
def test_a_fit_is_silent_unless_asked(verbose, shown, capfd):
    X, y = blobs()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small("SemiSupervisedVAE", verbose=verbose).fit(X, y)
    out, err = capfd.readouterr()
    assert out == "" or verbose == 2
    assert ("bound" in err) == shown
    assert ("labelled error" in err) == shown
