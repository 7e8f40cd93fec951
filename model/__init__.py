"""Scoring: schemes, segmentation, windows, engines, artefacts and the classifier over them."""

from framelens.model.artefact import DEFAULT, Artefact, find_artefact, read_scheme
from framelens.model.classifier import FramingClassifier
from framelens.model.engines import ENGINES
from framelens.model.errors import (
    ArtefactError,
    EngineError,
    FramelensError,
    InputError,
    OverloadError,
    SchemeError,
)
from framelens.model.load import Load, Room
from framelens.model.results import (
    Document,
    DocumentResult,
    Evidence,
    Frame,
    SentenceResult,
    Word,
)
from framelens.model.scheme import Label, Leaf, Scheme
from framelens.model.segmentation import Span, split_sentences
from framelens.model.text_profile import TextProfile

__all__ = [
    "DEFAULT",
    "ENGINES",
    "Artefact",
    "ArtefactError",
    "Document",
    "DocumentResult",
    "EngineError",
    "Evidence",
    "Frame",
    "FramelensError",
    "FramingClassifier",
    "InputError",
    "Label",
    "Leaf",
    "Load",
    "OverloadError",
    "Room",
    "Scheme",
    "SchemeError",
    "SentenceResult",
    "Span",
    "TextProfile",
    "Word",
    "find_artefact",
    "read_scheme",
    "split_sentences",
]
