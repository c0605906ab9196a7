"""Another kind of block is a line of the table of kinds, and lacks nothing that the others have."""

import numpy as np
import pytest

from semigen import SemiSupervisedMixture
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.mixed.column_kinds import KINDS
from semigen.mixture.mixed.column_kinds.kind import KindOfCells, Learnt, read_numbers, told_of_cells
from semigen.tables.kinds import Kind
from tests.mixture.mixed.tables import few_labels, table


class Signs(KindOfCells):
    """Numbers of which only the sign counts."""

    name, synonyms, declared_as, block = "signs", ("plus or minus",), Kind.NUMBER, Categorical

    def read(self, cells, column):
        return read_numbers(cells, column)

    def learn(self, columns, names, weights):
        return Learnt(names, Categorical(np.full(len(names), 2)))

    def encoded(self, columns, learnt):
        values = np.column_stack(columns)
        return np.where(np.isnan(values), -1, values > 0)

    def told(self, learnt, parameters, share, weights):
        names = [f"{name} {sign}" for name in learnt.names for sign in ("minus", "plus")]
        return told_of_cells("{} {:.0%} ({:.0%} in all)", names, parameters, share, weights)


@pytest.fixture
def registered():
    kind = Signs()
    KINDS.append(kind)
    yield
    KINDS.remove(kind)


def test_a_kind_of_block_that_is_added_to_the_table_is_read_learnt_and_told(registered):
    frame, truth = table(gaps=0.1)
    y = few_labels(truth)
    frame["height"] -= 1.0
    model = SemiSupervisedMixture({"signs": ["height"]}, unlabeled_weight=1.0).fit(frame[:200], y[:200])
    assert model.blocks_["signs"] == ["height"]
    words = frame.assign(height=frame["height"].map(lambda x: None if np.isnan(x) else "plus" if x > 0 else "minus"))
    same = SemiSupervisedMixture(unlabeled_weight=1.0).fit(words[:200], y[:200])
    np.testing.assert_allclose(model.predict_joint_log_proba(frame), same.predict_joint_log_proba(words), rtol=1e-9)
    assert "height minus" in model.report(6).splitlines()[0]
    with pytest.raises(ValueError, match=r"kinds are .*'signs'\. Did you mean 'signs'\?"):
        SemiSupervisedMixture({"plus or minus": ["height"]}).fit(frame, y)


def test_a_kind_of_block_of_which_a_report_would_say_nothing_is_refused():
    class Silent(Signs):
        told = KindOfCells.told

    with pytest.raises(TypeError, match=r"abstract method '?told"):
        Silent()
