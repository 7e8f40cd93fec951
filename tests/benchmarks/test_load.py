"""The load generator against a server that answers as it is told."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.load import Outcome, Plan, run

PLAN = Plan(0, "/some", ['{"a": 1}', '"ü"'], [1, 3], clients=2, warm_up=0.05, seconds=0.2)

Answer = Callable[[bytes], list[bytes]]


def loaded(plan: Plan, answer: Answer) -> tuple[Outcome, list[bytes]]:
    """What a load came to, and the bodies that arrived."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                assert head.startswith(b"POST /some HTTP/1.1\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                bodies.append(await reader.readexactly(length))
                for part in answer(bodies[-1]):
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0.001)
                if not answer(bodies[-1]):
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async def both() -> Outcome:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            outcome = await run(replace(plan, port=server.sockets[0].getsockname()[1]))
            # The server sees the ends of its connections a little later.
            await asyncio.sleep(0.05)
            return outcome

    return asyncio.run(both()), bodies


def whole(status: int, body: bytes = b'{"some": "thing"}') -> bytes:
    head = f"HTTP/1.1 {status} Some\r\nContent-Type: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_requests_go_round_and_answers_are_counted():
    outcome, bodies = loaded(replace(PLAN, clients=1), lambda _: [whole(200)])
    assert [json.loads(body) for body in bodies[:4]] == [{"a": 1}, "ü"] * 2
    assert outcome.failed == 0
    assert 0 < outcome.requests <= len(bodies) / PLAN.seconds
    assert outcome.sentences == pytest.approx(2 * outcome.requests, rel=0.2)
    assert 0.001 <= outcome.p50 <= outcome.p99 < 5
    assert 0 < outcome.client_cores < 1


def test_an_answer_may_come_in_pieces():
    answer = whole(200, b"x" * 50)
    pieces = [answer[:10], answer[10:70], answer[70:]]
    outcome, _ = loaded(PLAN, lambda _: pieces)
    assert outcome.failed == 0
    assert outcome.requests > 0


def test_refusals_are_counted_and_have_no_latency():
    outcome, _ = loaded(PLAN, lambda _: [whole(503, b"")])
    assert outcome.failed > 0
    assert outcome.requests == outcome.sentences == 0
    assert math.isnan(outcome.p50)


def test_a_lost_connection_fails_and_ends_its_client():
    outcome, bodies = loaded(PLAN, lambda _: [])
    assert outcome.failed == PLAN.clients == len(bodies)
