"""Suggested scores, kept as feedback."""

from __future__ import annotations

from sqlalchemy.orm import Session

from framelens.model import Scheme
from framelens.serve.perspective.suggestions import Suggestion
from framelens.serve.store.feedback import Correction, give, leaf_of
from framelens.serve.store.store import Store

__all__ = ["keep_suggestion"]

LIKELY = 0.5
"""A suggested probability from which on a label is taken to be suggested."""


async def keep_suggestion(store: Store, suggestion: Suggestion, scheme: Scheme) -> None:
    """Keep a suggestion as feedback: that a text or passage has each label that is likely.

    Raises:
        Problem: the database failed, and nothing is kept.
    """
    text = suggestion.text
    client, digest = store.texts.client(suggestion.client_token), store.texts.digest(text)

    def write(session: Session) -> None:
        text_id = store.texts.keep(session, text, suggestion.client_token)
        for score in suggestion.scores:
            if score.score < LIKELY:
                continue
            # One of several labels says nothing of the others.
            leaf = None if scheme.multi_label else leaf_of(score.label, scheme)
            correction = Correction(score.label, leaf, client=client)
            span = score.span or (0, len(text))
            give(session, correction, digest, text_id, span)

    await store.write(write)
