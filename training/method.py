"""How a model is fitted: by the number of examples a label, unless the settings say."""

from __future__ import annotations

from typing import Literal, TypeAlias

from framelens.data import Corpus
from framelens.model import Scheme
from framelens.training.settings import SettingsError, TrainSettings

__all__ = ["ENOUGH", "Method", "choose_method", "cross_validates"]

Method: TypeAlias = Literal["fine-tune", "contrastive", "frozen"]

ENOUGH = 64
"""Examples a leaf from which fine-tuning is as good as what suits fewer."""


def choose_method(settings: TrainSettings, corpus: Corpus, scheme: Scheme) -> tuple[Method, str]:
    """The method to fit a corpus with, and why, in words.

    Args:
        settings: of the run; what only fine-tuning can do asks for it.
        corpus: everything that may be learnt from, with what may be held out.
        scheme: its leaves are what examples are counted by.

    Raises:
        SettingsError: the settings' method cannot fit the scheme.
    """
    if scheme.multi_label:
        if settings.method not in ("auto", "fine-tune"):
            allowed = "a multi-label scheme needs fine-tune or auto"
            raise SettingsError(f"method: {allowed}, found {settings.method}")
        return "fine-tune", "since a sentence may have several labels"
    if settings.method != "auto":
        return settings.method, "as the settings say"
    if asked := settings.only_fine_tuning:
        return "fine-tune", f"which {asked} asks for"
    if not _is_divisible(corpus):
        return "fine-tune", "since fewer than two labels stand in several documents"
    examples = sum(len(document.sentences) for document in corpus) // len(scheme.leaves)
    found = f"there are {examples} examples a label"
    if examples < ENOUGH:
        return "contrastive", f"since {found}, fewer than {ENOUGH}"
    return "fine-tune", f"since {found}, {ENOUGH} or more"


def cross_validates(settings: TrainSettings, method: Method) -> bool:
    """Whether all parts of what is learnt are held out in turn, so that none is lost to it.

    A held-out part that the data name, or that is the latest, stays.
    """
    return method != "fine-tune" and settings.split in ("random", "grouped")


def _is_divisible(corpus: Corpus) -> bool:
    """Whether two labels have several documents each, so that some can be held out in turn."""
    texts: dict[str, set[str]] = {}
    for document in corpus:
        for sentence in document.sentences:
            texts.setdefault(sentence.label, set()).add(document.text)
    return sum(len(each) > 1 for each in texts.values()) > 1
