"""How far it goes: the most requests a second within a latency, long queues, idle connections, hours of load.

Each measure gives a chapter of the page: a title, and lines of it.
"""

import contextlib
import dataclasses
import socket
import statistics
import time

import gateways
from scenarios import SCENARIOS, Scenario, chat

# Fewer than of what is compared by ratios: these take long.
ROUNDS = 3
STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
BOUNDS = (1, 5, 10, 50)
SLOTS = 4
QUEUES = (10, 10_000)
IDLE = 5_000


def measure(bench, names, options):
    """All that was asked for; the soak only where it is, for it takes as long as it takes."""
    chapters = []
    if options.only is None or "frontier" in options.only:
        chapters.append(frontier(bench, [name for name in names if name in ("nginx", "haproxy", "envoy") or name in options.builds], min(ROUNDS, options.rounds)))
    if options.only is None or "queued" in options.only:
        chapters += [queued(bench, name, min(ROUNDS, options.rounds)) for name in options.builds]
    if options.only is None or "idle" in options.only:
        chapters += [idle(bench, name) for name in options.builds]
    if options.soak:
        chapters += [soak(bench, name, options.soak) for name in options.builds]
    for title, lines in chapters:
        print("\n".join(["", title, *lines]), flush=True)
    return chapters


def frontier(bench, names, rounds):
    """The most requests a second of which 99 of 100 take no longer than a bound, among some numbers of connections."""
    found = {name: {bound: [] for bound in BOUNDS} for name in names}
    base = next(scenario for scenario in SCENARIOS if scenario.name == "whole-32")
    for _ in range(rounds):
        best = {name: dict.fromkeys(BOUNDS, 0) for name in names}
        for connections in STEPS:
            scenario = dataclasses.replace(base, connections=connections, requests=2000 + 60 * connections, settling=0.1)
            for name in names:
                figures = bench.ask(scenario, name)
                for bound in BOUNDS:
                    if figures["latency_p99"] <= bound * 1000:
                        best[name][bound] = max(best[name][bound], figures["rate"])
        for name in names:
            for bound in BOUNDS:
                found[name][bound].append(best[name][bound])
    lines = ["| |" + "".join(f" {bound} ms |" for bound in BOUNDS), "| --- |" + " ---: |" * len(BOUNDS)]
    for name in names:
        lines.append(f"| {name} |" + "".join(f" {statistics.median(found[name][bound]):.0f} |" for bound in BOUNDS))
    steps = f"Closed loops of {STEPS[0]} to {STEPS[-1]} connections; 0 where not even one connection stays below."
    return "Requests a second with 99 of 100 below", [steps, "", *lines]


def queued(bench, name, rounds):
    """What a request costs while few and while many wait before the same slots, and what memory those take."""
    costs, resident = {}, {}
    idle_memory = bench.gateway(name, 0, parallel=SLOTS).memory
    for waiting in QUEUES:
        scenario = Scenario(
            f"queued-{waiting}", "", "/api/chat", chat(stream=False), connections=waiting + SLOTS, requests=100_000, pace=0, watches_memory=True,
            projects=True, settings={"parallel": SLOTS},
        )
        rows = [bench.ask(scenario, name) for _ in range(rounds)]
        costs[waiting] = statistics.median(row["cpu"] for row in rows)
        resident[waiting] = max(row["memory_kib"] for row in rows)
    few, many = QUEUES
    each = (resident[many] - idle_memory) / many
    return f"{many:,} requests in line", [
        f"{SLOTS} slots, a hundred projects. With {few} in line a request takes {costs[few]:.0f} µs of processor, with {many:,} "
        f"{costs[many]:.0f} µs: {costs[many] / costs[few]:.2f} times as much. One that waits takes {each:.1f} KiB, its connection included."
    ]


def idle(bench, name):
    """What connections take between their requests."""
    gateway = bench.gateway(name, 0)
    before = gateway.memory
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
            connection.sendall(f"GET /api/version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateways.KEYS[0]}\r\n\r\n".encode())
            connection.recv(4096)
        time.sleep(1)
        start, cpu = time.monotonic(), gateway.cpu
        time.sleep(5)
        spent = (gateway.cpu - cpu) / (time.monotonic() - start) / 1000
        each = (gateway.memory - before) / IDLE
    return f"{IDLE:,} idle connections", [f"One takes {each:.1f} KiB. With all of them the service takes {spent:.1f} ms of processor a second."]


def soak(bench, name, minutes):
    """Memory under mixed load, minute by minute."""
    mixed = next(scenario for scenario in SCENARIOS if scenario.name == "mixed")
    stream = next(scenario for scenario in SCENARIOS if scenario.name == "streams-100")
    # Both before one engine, so that it is one process that is watched.
    stream = dataclasses.replace(stream, settling=0, pace=mixed.pace)
    mixed = dataclasses.replace(mixed, settling=0)
    end, rows, answered = time.monotonic() + minutes * 60, [], 0
    due = time.monotonic() + 60
    while time.monotonic() < end:
        for scenario in (mixed, stream):
            bench.ask(scenario, name)
            answered += scenario.requests + scenario.streams + sum(other.requests for other in scenario.beside)
        if time.monotonic() >= due:
            rows.append(bench.gateway(name, mixed.pace).memory / 1024)
            due += 60
    told = ", ".join(f"{row:.0f}" for row in rows)
    return f"{minutes:g} minutes of load", [f"{answered:,} requests of all three dialects, one in two hundred of them a stream. MiB resident at the end of each minute: {told}."]
