"""Shadow scoring: a candidate reads what the default model has answered, while nobody waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import SystemRandom
from time import monotonic

from anyio import CapacityLimiter, to_thread

from framelens.model import DocumentResult
from framelens.model.batching import Output
from framelens.model.preparation import PreparedDocument
from framelens.serve.envelope import log_failure
from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest
from framelens.serve.swap.disagreement import Disagreement, DisagreementAnswer
from framelens.serve.thresholds import ThresholdSet

__all__ = ["Shadow", "ShadowReport"]

LONGEST = 10_000
"""Code points of a request; longer ones would hold too much memory while they wait."""

WAITING = 16
"""Requests that wait for their turn."""

PAUSE = 0.1
"""Seconds after which an answer is on its way."""

PATIENCE = 10.0
"""Seconds that a window waits for the engines to have nothing to do."""

INTERVAL = 0.02
"""Seconds between two looks at the engines."""


class ShadowReport(Message):
    """What a candidate says of live traffic, beside the default model. It has no text."""

    model: str
    """The candidate."""
    default: str
    """The model that it is compared with."""
    share: float
    """Of that model's requests."""
    begun: datetime
    ended: datetime | None
    """Null while it goes on. It ends when it is stopped, and with every change of the default."""
    requests: int
    """Scored by both models."""
    skipped: int
    """Chosen, but too long, or the engines had no time to spare."""
    failed: int
    """Chosen, and the candidate could not score a document of it."""
    unmatched: int
    """Sentences that only one of the models has, because the other reads no character of them."""
    disagreement: DisagreementAnswer


@dataclass(frozen=True)
class _Answered:
    """A request, the default model's results, and when these were there."""

    request: ClassifyRequest
    results: Sequence[DocumentResult]
    at: float


class Shadow:
    """Scores a share of the default model's requests with a candidate too, after their answers.

    One window at a time, and only while no engine has anything to do: what comes meanwhile shares
    the processor with one window at most. What finds no time is skipped. Nothing of it
    can fail or hold up a request.

    ``default`` is the model whose answers are taken, ``candidate`` the other one.

    Args:
        default: that model.
        candidate: another with the same labels.
        share: of the requests, chosen by chance.
        is_idle: whether no engine has anything to do.
    """

    def __init__(
        self,
        default: LoadedModel,
        candidate: LoadedModel,
        share: float,
        is_idle: Callable[[], bool],
    ) -> None:
        self.default = default
        self.candidate = candidate
        self._is_idle = is_idle
        self._random = SystemRandom()
        self._limiter = CapacityLimiter(1)
        self._waiting: deque[_Answered] = deque()
        self._work: asyncio.Task[None] | None = None
        self._disagreement = Disagreement(default.classifier.artefact.scheme.label_names)
        self._report = ShadowReport(
            model=candidate.id,
            default=default.id,
            share=share,
            begun=datetime.now(UTC),
            ended=None,
            requests=0,
            skipped=0,
            failed=0,
            unmatched=0,
            disagreement=self._disagreement.answer(),
        )

    def offer(
        self, model: LoadedModel, request: ClassifyRequest, results: Sequence[DocumentResult]
    ) -> None:
        """A model has answered a request, which may be chosen."""
        if model is not self.default or self._random.random() >= self._report.share:
            return
        length = sum(document.code_points for document in request.to_documents())
        if length > LONGEST or len(self._waiting) >= WAITING:
            self._report.skipped += 1
            return
        self._waiting.append(_Answered(request, results, monotonic()))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._score_what_waits())

    def involves(self, model: LoadedModel) -> bool:
        """Whether a model is one of the two."""
        return model in (self.default, self.candidate)

    def report(self) -> ShadowReport:
        """What there is to tell so far."""
        return self._report.model_copy(update={"disagreement": self._disagreement.answer()})

    def stop(self) -> ShadowReport:
        """Score no more, and tell what there is to tell."""
        self._report.ended = datetime.now(UTC)
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()
        return self.report()

    async def _score_what_waits(self) -> None:
        while self._waiting:
            answered = self._waiting.popleft()
            await asyncio.sleep(answered.at + PAUSE - monotonic())
            try:
                results = await self._score(answered.request)
                self._compare(answered, results)
            except TimeoutError:
                self._report.skipped += 1
            except Exception as error:
                log_failure(error, "shadow")
                self._report.failed += 1

    async def _score(self, request: ClassifyRequest) -> list[DocumentResult]:
        """The candidate's results.

        Raises:
            TimeoutError: the engines had no time to spare.
        """
        classifier = self.candidate.classifier
        documents = request.to_documents()
        await self._until_idle()
        prepared = await to_thread.run_sync(classifier.prepare, documents, limiter=self._limiter)
        outputs: list[Output] = []
        for document in prepared:
            for window in document.inputs if isinstance(document, PreparedDocument) else ():
                await self._until_idle()
                [output] = await asyncio.wrap_future(classifier.batcher.submit([window]))
                outputs.append(output)
        return classifier.finish(prepared, outputs)

    async def _until_idle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self._is_idle():
                await asyncio.sleep(INTERVAL)

    def _compare(self, answered: _Answered, results: Sequence[DocumentResult]) -> None:
        thresholds = self.default.thresholds_of(answered.request)
        candidate_thresholds = _thresholds(self.candidate, answered.request, thresholds)
        both = zip(answered.results, results, strict=True)
        pairs = [(own, other) for own, other in both if own.error is None]
        if any(other.error is not None for _, other in pairs):
            self._report.failed += 1
            return
        self._report.requests += 1
        for own, other in pairs:
            theirs = {(each.begin, each.end): each for each in other.sentences}
            for sentence in own.sentences:
                match = theirs.pop((sentence.begin, sentence.end), None)
                if match is None:
                    self._report.unmatched += 1
                else:
                    self._disagreement.add(sentence, match, thresholds, candidate_thresholds)
            self._report.unmatched += len(theirs)


def _thresholds(
    candidate: LoadedModel, request: ClassifyRequest, default: ThresholdSet
) -> ThresholdSet:
    """What would be in force if the candidate were the default."""
    with suppress(Problem):
        return candidate.thresholds_of(request)
    # A request may pin the very version that the default brings.
    return default
