"""The guard: unlabelled rows are used only where labels held out speak for them, beyond chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from semigen.model_selection.paired_test import CHANCE, LEAST_ROWS, Comparison, HeldOut, choose, compare


def held_out(probability) -> HeldOut:
    probability = np.atleast_2d(np.asarray(probability, dtype=float))
    return HeldOut(-np.log(0.99 * probability + 0.01 / 2), 1 - probability)


def test_evidence_is_the_paired_t_test():
    rng = np.random.default_rng(0)
    for _ in range(20):
        before, after = (held_out(probability) for probability in rng.uniform(size=(2, 12)))
        evidence = compare(before, after)
        test = ttest_rel(before.log_loss[0], after.log_loss[0], alternative="greater")
        assert (evidence.gain > evidence.needed) == (test.pvalue < CHANCE)
        assert evidence.gain == pytest.approx((before.log_loss - after.log_loss).mean())
        assert evidence.doubt_gain == pytest.approx((before.doubt - after.doubt).mean())
        assert evidence.n_rows == pytest.approx(12)


def test_repetitions_are_averaged_before_they_are_compared():
    rng = np.random.default_rng(1)
    before, after = (held_out(probability) for probability in rng.uniform(size=(2, 2, 9)))
    both = compare(before, after)
    once = compare(*(HeldOut(x.log_loss.mean(axis=0)[None], x.doubt.mean(axis=0)[None]) for x in (before, after)))
    assert (both.gain, both.needed, both.doubt_gain) == pytest.approx((once.gain, once.needed, once.doubt_gain))
    assert both.n_rows == once.n_rows


def test_a_fit_that_is_no_better_rarely_passes():
    rng = np.random.default_rng(2)
    passed = [compare(held_out(rng.uniform(size=15)), held_out(rng.uniform(size=15))).favours for _ in range(2000)]
    assert np.mean(passed) < CHANCE + 0.015


def test_a_fit_that_is_better_on_every_label_passes_and_one_that_is_worse_does_not():
    before = np.array([0.5, 0.4, 0.6, 0.5, 0.3, 0.5])
    after = before + np.array([0.2, 0.3, 0.3, 0.4, 0.3, 0.35])
    assert compare(held_out(before), held_out(after)).favours
    assert not compare(held_out(after), held_out(before)).favours
    assert not compare(held_out(before), held_out(before)).favours


def test_mere_caution_is_no_reason():
    """Probabilities nearer to a half avoid large losses, but the labels are no more probable than before."""
    before = np.where(np.arange(40) < 8, 1e-6, 0.95)
    evidence = compare(held_out(before), held_out(np.where(np.arange(40) < 8, 0.4, 0.7)))
    assert evidence.gain > evidence.needed
    assert evidence.doubt_gain < 0
    assert not evidence.favours
    assert "probability did not rise" in evidence.explanation()


def test_mere_boldness_is_no_reason():
    """Probabilities of zero and one raise the mean where most are right, at the cost of sure errors."""
    before = np.full(40, 0.7)
    bold = np.where(np.arange(40) < 6, 0.0, 1.0)
    evidence = compare(held_out(before), replace(held_out(bold), wrong=0.2))
    assert evidence.doubt_gain > evidence.doubt_needed
    assert evidence.gain < 0
    assert not evidence.favours


def test_labels_that_are_wrong_at_random_do_not_turn_the_evidence_round():
    """A fit that is sure and right, and one that is unsure, where a quarter of the labels held out are wrong."""
    wrong = np.arange(40) % 4 == 0
    sure, unsure = np.where(wrong, 1e-9, 1 - 1e-9)[None], np.where(wrong, 0.2, 0.6)[None]
    one, other = (HeldOut.of(each, 3) for each in (unsure, sure))
    assert other.wrong == pytest.approx(0.4)
    evidence = compare(one, other)
    assert evidence.favours
    assert not compare(other, one).favours
    assert "mean probability rose" in evidence.explanation()


def test_weights_leave_rows_out_and_do_not_make_evidence():
    rng = np.random.default_rng(3)
    before, after = rng.uniform(size=(2, 10))
    some = np.arange(10) < 7
    weighted = compare(held_out(before), held_out(after), np.where(some, 2.5, 0.0))
    plain = compare(held_out(before[some]), held_out(after[some]))
    assert weighted.gain == pytest.approx(plain.gain)
    assert weighted.needed == pytest.approx(plain.needed)
    assert weighted.n_rows == pytest.approx(7)
    lopsided = compare(held_out(before), held_out(after), np.array([1000.0] + [1.0] * 9))
    assert lopsided.n_rows < 1.1
    assert not lopsided.favours


def test_rows_never_held_out_do_not_count():
    before, after = np.array([0.5, np.nan, 0.4, 0.6, 0.5, 0.6]), np.array([0.9, np.nan, 0.9, 0.8, 0.8, 0.95])
    assert compare(held_out(before), held_out(after)).n_rows == pytest.approx(5)


@pytest.mark.parametrize("n_rows", [0, 1, LEAST_ROWS - 1])
def test_too_few_labels_keep_the_supervised_fit(n_rows):
    before = np.linspace(0.1, 0.2, n_rows).reshape(1, n_rows)
    evidence = compare(held_out(before), held_out(before + 0.7))
    assert not evidence.favours
    choice = choose({"EM": evidence})
    assert choice.kept == "supervised"
    assert "too few" in choice.explanation()


def test_a_contender_that_failed_is_not_kept():
    before = np.full(8, 0.6)
    failed = compare(held_out(before), held_out(np.full(8, np.nan)))
    assert not failed.favours
    assert "failed" in choose({"EM": failed}).explanation()


def test_the_first_contender_that_passes_is_kept_and_words_say_why():
    better, worse = Comparison(0.2, 0.1, 0.3, 20), Comparison(-0.2, 0.1, -0.3, 20)
    doubtful = Comparison(0.05, 0.1, 0.3, 20)
    assert choose({"EM": better, "pessimistic": better}).kept == "EM"
    second = choose({"EM": worse, "pessimistic": better})
    assert second.kept == "pessimistic"
    assert "fell by 0.2" in second.explanation()
    assert "rose by 0.2" in second.explanation()
    neither = choose({"EM": worse, "pessimistic": doubtful})
    assert neither.kept == "supervised"
    assert "chance" in neither.explanation()
    assert choose({}).kept == "supervised"


@pytest.mark.parametrize("weight", [1.0, 0.1, 1e-12, 7e9])
def test_five_labels_are_enough_whatever_they_weigh(weight):
    before = np.linspace(0.1, 0.2, LEAST_ROWS)
    assert compare(held_out(before), held_out(before + 0.7), np.full(LEAST_ROWS, weight)).favours
