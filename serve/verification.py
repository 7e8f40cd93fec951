"""Whether an answer can be had again: its texts scored once more, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest

from framelens.model import Document, InputError
from framelens.model.errors import one_of
from framelens.serve.answers import ClassifyAnswer, DocumentAnswer, SentenceAnswer, answer
from framelens.serve.basis import Basis
from framelens.serve.models import LoadedModel
from framelens.serve.requests import ClassifyRequest, DocumentRequest
from framelens.serve.thresholds import REQUEST_SET, ThresholdSet, request_thresholds

__all__ = ["Difference", "Verification", "verify"]


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was; ``decisive`` where the decision is another for it."""

    what: str
    before: str
    now: str
    decisive: bool = True

    def __str__(self) -> str:
        return f"{self.what}: {self.before} before, {self.now} now"


@dataclass(frozen=True)
class Verification:
    """All differences, and the largest between two scores of the same sentence and label."""

    differences: list[Difference]
    largest: float

    @property
    def reproduced(self) -> bool:
        """Whether the model is the same, and so are labels, consequences and scores."""
        return not any(difference.decisive for difference in self.differences)


def verify(
    before: ClassifyAnswer,
    documents: Sequence[Document],
    model: LoadedModel,
    tolerance: float,
) -> Verification:
    """Score the documents of an answer again and compare.

    Args:
        before: the answer.
        documents: what was asked, in the order of the answer's documents.
        model: what scores; it should be the model of the answer.
        tolerance: scores that differ by more are differences.

    Raises:
        InputError: the answer's threshold set is not among the model's.
    """
    now = _again(before, documents, model)
    pairs = list(zip(before.documents, now.documents, strict=True))
    differences = [*_of_bases(before, now)]
    for number, (one, other) in enumerate(pairs, 1):
        place = f"document {number}, " if len(pairs) > 1 else ""
        differences += _of_documents(one, other, place, tolerance)
    distances = (
        _distance(*sentences)
        for one, other in pairs
        for sentences in zip(one.sentences, other.sentences, strict=False)
    )
    return Verification(differences, max(distances, default=0.0))


def _again(
    before: ClassifyAnswer, documents: Sequence[Document], model: LoadedModel
) -> ClassifyAnswer:
    thresholds = _thresholds(before.thresholds, model)
    request = ClassifyRequest(documents=[_asked(each) for each in documents])
    results = model.classifier.classify(documents)
    return answer(request, results, thresholds, model.basis(thresholds))


def _asked(document: Document) -> DocumentRequest:
    sentences = None if document.sentences is None else [*document.sentences]
    return DocumentRequest(text=document.text, sentences=sentences)


def _thresholds(set_id: str, model: LoadedModel) -> ThresholdSet:
    """The set of the same name, whose version and digest may be others now."""
    name, _, version = set_id.rpartition("+")[0].rpartition("@")
    if name == REQUEST_SET:
        with suppress(ValueError):
            return request_thresholds(float(version))
    for each in model.thresholds:
        if each.name == name:
            return each
    known = one_of(each.name for each in model.thresholds)
    raise InputError(f"thresholds: {set_id!r} is none of {known}; see --thresholds")


def _of_bases(before: Basis, now: Basis) -> Iterator[Difference]:
    """The model and the thresholds decide; engine and versions need not, as the scores show."""
    for part in ("name", "version", "sha256", "weights_sha256", "calibration"):
        values = getattr(before.model, part), getattr(now.model, part)
        yield from _of_values(f"model.{part}", *values)
    yield from _of_values("thresholds", before.thresholds, now.thresholds)
    for part in ("name", "precision"):
        values = getattr(before.engine, part), getattr(now.engine, part)
        yield from _of_values(f"engine.{part}", *values, decisive=False)
    for package in sorted({*before.software, *now.software}):
        versions = (each.software.get(package, "none") for each in (before, now))
        yield from _of_values(f"software.{package}", *versions, decisive=False)
    sealed = Basis.of(before.model, before.engine, before.software, before.thresholds)
    if before.fingerprint != sealed.fingerprint:
        yield Difference("fingerprint", before.fingerprint, f"{sealed.fingerprint} of its parts")


def _of_values(what: str, before: str, now: str, *, decisive: bool = True) -> Iterator[Difference]:
    if before != now:
        yield Difference(what, before, now, decisive)


def _of_documents(
    before: DocumentAnswer, now: DocumentAnswer, place: str, tolerance: float
) -> Iterator[Difference]:
    errors = (each.error.detail if each.error else "none" for each in (before, now))
    yield from _of_values(f"{place}error", *errors)
    pairs = zip_longest(before.sentences, now.sentences)
    for number, (one, other) in enumerate(pairs, 1):
        where = f"{place}sentence {number}"
        if one is None or other is None or one.text != other.text:
            before_text, now_text = (repr(each.text) if each else "none" for each in (one, other))
            # What comes after would be compared with its neighbours.
            yield Difference(f"{where}, text", before_text, now_text)
            return
        yield from _of_sentences(one, other, where, tolerance)


def _of_sentences(
    before: SentenceAnswer, now: SentenceAnswer, where: str, tolerance: float
) -> Iterator[Difference]:
    yield from _of_values(f"{where}, label", before.label, now.label)
    yield from _of_values(f"{where}, follows", str(before.follows), str(now.follows))
    if before.scores.keys() != now.scores.keys():
        yield Difference(f"{where}, labels", ", ".join(before.scores), ", ".join(now.scores))
    for label in before.scores.keys() & now.scores.keys():
        one, other = before.scores[label], now.scores[label]
        if not abs(one - other) <= tolerance:
            yield Difference(f"{where}, score of {label}", f"{one:.4f}", f"{other:.4f}")


def _distance(before: SentenceAnswer, now: SentenceAnswer) -> float:
    shared = before.scores.keys() & now.scores.keys()
    return max((abs(before.scores[label] - now.scores[label]) for label in shared), default=0.0)
