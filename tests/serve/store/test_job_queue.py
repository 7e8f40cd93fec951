"""Leases: a job is worked on by one, taken over when that one is gone, and ended once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.basis import Basis, EngineAnswer, ModelAnswer
from framelens.serve.store import Store, job_queue, jobs
from framelens.serve.store.job_queue import Claim, LeaseLostError
from framelens.serve.store.job_schema import Job
from framelens.serve.store.jobs import NewJob
from framelens.serve.store.schema import now

from .conftest import Opening

KEEP = timedelta(hours=1)


def accept(store: Store, parts: int = 2) -> UUID:
    new = NewJob([(1, b"{}")] * parts, KEEP, "digest", keep_for_review=True)
    with store.database.writing() as session:
        return jobs.accept(session, new, 100).id


def claim(store: Store) -> Claim | None:
    with store.database.writing() as session:
        return job_queue.claim(session)


def claimed(store: Store) -> Claim:
    found = claim(store)
    assert found
    return found


def answer_of(version: str) -> ClassifyAnswer:
    model = ModelAnswer(
        name="m", version=version, sha256=version, weights_sha256="w", calibration="c"
    )
    basis = Basis.of(model, EngineAnswer(name="e", precision="f32"), {}, "t")
    return ClassifyAnswer(**dict(basis), documents=[])


def write(store: Store, taken: Claim, version: str = "1") -> bool:
    """Answer the next part; whether it was kept."""
    with store.database.writing() as session:
        job = job_queue.held(session, taken)
        part = job_queue.next_part(session, taken)
        assert part
        agrees = job_queue.agree(session, job, answer_of(version))
        if agrees:
            job_queue.write(session, job, part, answer_of(version))
        return agrees


def complete(store: Store, taken: Claim) -> None:
    with store.database.writing() as session:
        job_queue.complete(session, taken, KEEP)


def found(store: Store, identity: UUID) -> Job:
    with store.database.reading() as session:
        job = jobs.find(session, identity)
        session.expunge(job)
        return job


def end_lease(store: Store, taken: Claim) -> None:
    """As if its worker had been silent for so long."""
    with store.database.writing() as session:
        session.execute(update(Job).where(Job.id == taken.job).values(leased_until=now()))


def test_the_oldest_first_and_nobody_twice(opened: Opening):
    store = opened()
    waiting = sorted(accept(store) for _ in range(3))
    assert [claimed(store).job for _ in range(3)] == waiting
    assert claim(store) is None


def test_workers_at_the_same_time_take_different_jobs(opened: Opening):
    store = opened()
    waiting = {accept(store) for _ in range(12)}
    with ThreadPoolExecutor(4) as workers:
        taken = list(workers.map(lambda _: claim(store), range(16)))
    jobs_taken = [each.job for each in taken if each]
    assert len(jobs_taken) == len({*jobs_taken})
    # One that others hold at this moment is passed over, and found the next time.
    while more := claim(store):
        jobs_taken.append(more.job)
    assert {*jobs_taken} == waiting


def test_a_job_is_taken_over_when_its_lease_ends(opened: Opening):
    store = opened()
    identity = accept(store)
    first = claimed(store)
    write(store, first)
    assert claim(store) is None
    end_lease(store, first)
    second = claimed(store)
    assert second.job == identity
    assert found(store, identity).documents_done == 1
    for late in (lambda: write(store, first), lambda: complete(store, first)):
        with pytest.raises(LeaseLostError):
            late()
    with pytest.raises(LeaseLostError), store.database.writing() as session:
        job_queue.renew(session, first)
    write(store, second)
    complete(store, second)
    job = found(store, identity)
    assert (job.state, job.documents_done) == ("completed", 2)
    with pytest.raises(LeaseLostError):
        complete(store, second)


def test_a_renewed_lease_holds(opened: Opening):
    store = opened()
    accept(store)
    taken = claimed(store)
    end_lease(store, taken)
    with store.database.writing() as session:
        job_queue.renew(session, taken)
    assert claim(store) is None


def test_a_job_that_takes_its_workers_down_fails(opened: Opening):
    store = opened()
    identity, other = accept(store), accept(store)
    for _ in range(job_queue.ATTEMPTS):
        taken = claimed(store)
        assert taken.job == identity
        end_lease(store, taken)
    assert claimed(store).job == other
    job = found(store, identity)
    assert (job.state, job.problem_code) == ("failed", "internal_error")


def test_every_part_has_its_attempts(opened: Opening):
    store = opened()
    accept(store, parts=job_queue.ATTEMPTS + 2)
    for _ in range(job_queue.ATTEMPTS + 2):
        taken = claimed(store)
        write(store, taken)
        end_lease(store, taken)
    complete(store, claimed(store))


def test_what_is_given_back_counts_as_no_attempt(opened: Opening):
    store = opened()
    identity = accept(store)
    for _ in range(job_queue.ATTEMPTS + 1):
        taken = claimed(store)
        with store.database.writing() as session:
            job_queue.release(session, taken)
    assert found(store, identity).state == "waiting"


def test_what_is_postponed_lets_others_go_first(opened: Opening):
    store = opened()
    identity, other = accept(store), accept(store)
    taken = claimed(store)
    with store.database.writing() as session:
        job_queue.postpone(session, taken, "too_slow", "it took long")
    assert claimed(store).job == other
    assert claim(store) is None
    assert found(store, identity).problem_code == "too_slow"


def test_answers_of_two_versions_are_never_mixed(opened: Opening):
    store = opened()
    identity = accept(store)
    taken = claimed(store)
    assert write(store, taken, "1")
    before = found(store, identity)
    assert not write(store, taken, "2"), "the first part is to be answered again"
    assert found(store, identity).documents_done == 0
    assert found(store, identity).decision != before.decision
    assert write(store, taken, "2")
    assert write(store, taken, "2")
    complete(store, taken)
    job = found(store, identity)
    assert Basis.model_validate_json(job.basis or "").model.version == "2"
    assert job.documents_done == 2
