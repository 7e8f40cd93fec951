"""The open-loop generator against a server that answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from benchmarks.arrivals import LOST, Arrival, ArrivalPlan, Arrivals, Kind, send_arrivals

PLAN = ArrivalPlan(
    port=0,
    path="/some",
    kinds=[Kind("short", 0.8, ['"a"', '"ü"']), Kind("long", 0.2, ["[1, 2]"])],
    rate=200,
    seconds=0.5,
    deadline=1.5,
)

Answer = Callable[[bytes], list[bytes]]


def whole(status: int, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} Some\r\nContent-Length: 2\r\n{headers}\r\n{{}}".encode()


def arrived(
    answer: Answer, plan: ArrivalPlan = PLAN, first: bytes = b""
) -> tuple[Arrivals, list[bytes], list[bytes], int]:
    """What became of the requests, their heads and bodies, and the connections they came over."""
    heads: list[bytes] = []
    bodies: list[bytes] = []
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if first:
            writer.write(first)
            writer.close()
            return
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                heads.append(head)
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                bodies.append(await reader.readexactly(length))
                for part in answer(bodies[-1]):
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0.001)
                if not answer(bodies[-1]):
                    break
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        writer.close()

    async def both() -> Arrivals:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await send_arrivals(replace(plan, port=port))
            await asyncio.sleep(0.05)
            return found

    return asyncio.run(both()), heads, bodies, connections


def test_requests_of_every_kind_arrive_at_random():
    found, heads, bodies, connections = arrived(lambda _: [whole(200)])
    assert 50 < len(found.arrivals) < 200, "100 are expected"
    assert {json.loads(body) if body != b"[1, 2]" else "long" for body in bodies} == {
        "a",
        "ü",
        "long",
    }
    assert all(b"x-request-timeout: 1.5\r\n" in head for head in heads)
    assert {each.status for each in found.arrivals} == {200}
    assert {each.kind for each in found.arrivals} == {0, 1}
    times = sorted(each.at for each in found.arrivals)
    assert 0 < times[0] < times[-1] < PLAN.seconds
    assert all(each.latency > 0 for each in found.arrivals)
    assert connections < len(found.arrivals), "connections are used again"
    again, *_ = arrived(lambda _: [whole(200)])
    assert sorted(each.at for each in again.arrivals) == times, "the same seed, the same arrivals"


def test_they_arrive_even_where_nobody_answers():
    plan = replace(PLAN, seconds=0.1)

    def never(_: bytes) -> list[bytes]:
        # Each part takes a millisecond at least, so that the first answer ends after all came.
        return [b"HTTP/1.1 200 Some\r\n"] * 200 + [b"content-length: 0\r\n\r\n"]

    found, _, bodies, connections = arrived(never, plan)
    assert len(bodies) == connections == len(found.arrivals), "each over its own"
    assert min(each.latency for each in found.arrivals) > 0.1


@pytest.mark.parametrize("first", [b"", whole(429, "Connection: close\r\n")])
def test_refusals_are_answers_also_of_connections(first: bytes):
    found, *_, connections = arrived(lambda _: [whole(429, "connection: close\r\n")], first=first)
    assert {each.status for each in found.arrivals} == {429}
    assert connections == len(found.arrivals), "a connection that ends is not used again"


def test_a_connection_that_ends_without_an_answer_is_a_request_lost():
    found, *_ = arrived(lambda _: [])
    assert {each.status for each in found.arrivals} == {LOST}
    found = asyncio.run(send_arrivals(replace(PLAN, port=1, rate=20)))
    assert {each.status for each in found.arrivals} == {LOST}


def test_plan_and_outcome_travel_as_json():
    assert ArrivalPlan.from_json(json.loads(json.dumps(asdict(PLAN)))) == PLAN
    outcome = Arrivals([Arrival(0.5, 1, 200, 0.25)], 0.1)
    assert Arrivals.from_json(json.loads(json.dumps(asdict(outcome)))) == outcome
