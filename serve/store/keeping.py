"""What is kept of decisions for review."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from framelens.serve.answers import ClassifyAnswer, DocumentAnswer, SentenceAnswer
from framelens.serve.offsets import OffsetUnit, code_points
from framelens.serve.requests import ClassifyRequest
from framelens.serve.store import audit
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.schema import Decision, Item, now
from framelens.serve.store.texts import TextKeeper

__all__ = ["is_doubtful", "write"]


def write(
    session: Session,
    texts: TextKeeper,
    decision: UUID,
    request: ClassifyRequest,
    answer: ClassifyAnswer,
    first: int = 0,
) -> None:
    """Keep what of an answer is to be reviewed, in a transaction.

    Args:
        session: of the transaction.
        texts: keeps the texts, or their digests.
        decision: id of the decision that the answer is, or is a part of.
        request: what was asked.
        answer: to it.
        first: number of its first document in the decision.
    """
    if not is_doubtful(answer):
        return
    if session.get(Decision, decision) is None:
        _write_decision(session, decision, answer)
    pairs = zip(request.to_documents(), answer.documents, strict=True)
    for number, (document, answered) in enumerate(pairs, first):
        if _has_doubts(answered):
            text = document.reference
            text_id = texts.keep(session, text, request.client_token)
            digest = texts.digest(text)
            for item in _items(text, answered, request.options.offsets):
                item.decision_id, item.document = decision, number
                item.text_digest, item.text_id = digest, text_id
                session.add(item)
            audit.record(session, "decision_kept", "framelens", decision, text_digest=digest)


def is_doubtful(answer: ClassifyAnswer) -> bool:
    """Whether a sentence of an answer is to be reviewed."""
    return any(map(_has_doubts, answer.documents))


def _has_doubts(document: DocumentAnswer) -> bool:
    return any(sentence.review for sentence in document.sentences)


def _write_decision(session: Session, decision: UUID, answer: ClassifyAnswer) -> None:
    model = answer.model
    session.add(
        Decision(
            id=decision,
            at=now(),
            model_name=model.name,
            model_version=model.version,
            model_sha256=model.sha256,
            thresholds=answer.thresholds,
            fingerprint=answer.fingerprint,
        )
    )
    session.flush()


def _items(text: str, document: DocumentAnswer, unit: OffsetUnit) -> Iterator[Item]:
    at = code_points(text, unit)
    doubtful = [pair for pair in enumerate(document.sentences) if pair[1].review]
    # Identifiers of one millisecond are in no order, and the queue is read in theirs.
    identities = sorted(new_id() for _ in doubtful)
    for identity, (number, sentence) in zip(identities, doubtful, strict=True):
        yield _item(identity, number, sentence, at[sentence.begin], at[sentence.end])


def _item(identity: UUID, number: int, sentence: SentenceAnswer, begin: int, end: int) -> Item:
    return Item(
        id=identity,
        sentence=number,
        begin=begin,
        end=end,
        label=sentence.label,
        confidence=sentence.confidence,
        scores=sentence.scores,
        state="waiting",
    )
