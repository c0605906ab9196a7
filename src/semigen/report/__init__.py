"""A report on a recommendation: one page that a browser shows without network and without scripts.

The report needs matplotlib (extra `plot`) for its pictures, which come from `semigen.display`.
"""

from semigen.report.contents import ColumnSeen, Contents, Picture, Place, Question, Step
from semigen.report.page import to_html

__all__ = ["ColumnSeen", "Contents", "Picture", "Place", "Question", "Step", "to_html"]
