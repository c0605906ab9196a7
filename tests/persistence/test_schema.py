"""Kinds of values in a file: the values that each takes, and the messages about those that it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from semigen.persistence import schema


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (schema.Flag(), [True], [1, "x", None]),
        (schema.Integer(1, 3), [1, 3], [0, 4, True, 1.0, "1", None]),
        (schema.Real(least=0), [0, 1.5], [-1, float("nan"), float("inf"), True, "1"]),
        (schema.Real(above=0), [1e-300], [0.0, -1]),
        (schema.Real(finite=False), [float("nan"), float("-inf"), 3], ["x", None, False]),
        (schema.Text({"a", "b"}), ["a"], ["c", 1, ["a"]]),
        (schema.Plain(), [1, "x", None, [1, "x", 0.5]], [[[1]], {"a": 1}, [{}]]),
        (schema.Nullable(schema.Flag()), [None, True], [0]),
        (schema.ListOf(schema.Flag()), [[True]], [[], [1], True, {}]),
        (schema.ListOf(schema.Flag(), 2), [[True, False]], [[True]]),
        (schema.MapOf(schema.Flag()), [{"a": True}, {}], [{"a": 1}, [True]]),
        (
            schema.Record({"a": schema.Flag(), "b": schema.Flag()}, ["b"]),
            [{"a": True}],
            [{}, {"a": True, "c": True}, []],
        ),
        (
            schema.Array("f", ("n", 2), least=0),
            [np.ones((3, 2))],
            [np.ones(3), np.ones((3, 2), int), -np.ones((3, 2)), [1]],
        ),
        (
            schema.Probabilities("n"),
            [[0.5, 0.5], np.array([1.0])],
            [[0.5], [1.5, -0.5], [], [float("nan")], [1e308, 1e308]],
        ),
        (
            schema.Labels("n", distinct=True),
            [np.array(["a", "b"])],
            [np.array(["a", "a"]), np.array([]), ["a"], np.ones((1, 1))],
        ),
        (
            schema.Labels("n", text=True),
            [np.array(["a"], dtype=object)],
            [np.array([1]), np.array([None], dtype=object)],
        ),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, list) else "",
)
def test_a_kind_takes_what_it_says_and_names_what_it_refuses(kind, good, bad):
    for value in good:
        kind.check(value, "there", schema.Sizes())
    for value in bad:
        with pytest.raises(ValueError, match="there"):
            kind.check(value, "there", schema.Sizes())


def test_sizes_that_values_share_must_agree():
    sizes = schema.Sizes()
    schema.Integer(1, size="columns").check(3, "n_features_in_", sizes)
    with pytest.raises(ValueError, match=r"names is of 2 columns, and n_features_in_ of 3"):
        schema.Labels("columns").check(np.array(["a", "b"]), "names", sizes)


def test_messages_show_values_on_one_short_line_without_control_characters():
    for value in [
        "\x1b[2J\n" * 1000,
        list(range(10**5)),
        {"a": {"b": {"c": [1]}}},
        np.ones((300, 300)),
        "\u202e",
        10**300,
    ]:
        shown = schema.shown(value)
        assert len(shown) < 150
        assert shown.isprintable()
