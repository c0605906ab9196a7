"""SemiSupervisedMixture in files and pickles."""

import pytest

import semigen
from semigen import SemiSupervisedMixture
from tests.mixture.mixed.tables import KINDS, few_labels, table


@pytest.mark.parametrize("columns", ["all", "no numbers", "numbers", "texts"])
def test_what_is_saved_answers_to_the_bit_when_it_is_loaded(tmp_path, columns):
    frame, truth = table(gaps=0.1)
    chosen = {
        "all": frame,
        "no numbers": frame[["town", "member", "visits"]],
        "numbers": frame[["height", "weight"]],
        "texts": frame[["note"]],
    }[columns]
    blocks = {kind: [name for name in names if name in chosen.columns] for kind, names in KINDS.items()}
    model = SemiSupervisedMixture(blocks, n_components=2, random_state=0).fit(chosen, few_labels(truth))
    model.save(tmp_path / "model.semigen")
    again = semigen.load(tmp_path / "model.semigen")
    assert (again.predict_joint_log_proba(chosen) == model.predict_joint_log_proba(chosen)).all()
    assert again.blocks_ == model.blocks_
    assert again.report() == model.report()
    assert str(again.choice_) == str(model.choice_)


def test_parts_that_do_not_go_together_are_not_saved(tmp_path):
    frame, truth = table()
    other = SemiSupervisedMixture({}, unlabeled_weight=1.0).fit(frame[["height", "town"]], few_labels(truth))
    for name in ("_fit", "_encoder", "_reading"):
        mixed = SemiSupervisedMixture(KINDS, unlabeled_weight=1.0).fit(frame, few_labels(truth))
        setattr(mixed, name, getattr(other, name))
        # Whatever is written is loaded first, so that loading refuses the same.
        with pytest.raises(ValueError, match="SemiSupervisedMixture cannot be saved as it is"):
            mixed.save(tmp_path / "mixed.semigen")
