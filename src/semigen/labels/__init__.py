"""Labels as people write them become classes and integer codes; `encode` is the one entry."""

from semigen.labels.annotators import encode_annotators
from semigen.labels.classes import is_plain
from semigen.labels.codes import UNLABELED_CODE, UNSURE_CODE, Labels, as_objects
from semigen.labels.encoding import encode
from semigen.labels.look_alikes import LabelWarning, look_alikes
from semigen.labels.probabilities import is_matrix
from semigen.labels.reading import is_missing
from semigen.labels.sure import has_marker, marks

__all__ = [
    "UNLABELED_CODE",
    "UNSURE_CODE",
    "LabelWarning",
    "Labels",
    "as_objects",
    "encode",
    "encode_annotators",
    "has_marker",
    "is_matrix",
    "is_missing",
    "is_plain",
    "look_alikes",
    "marks",
]
