"""Tells what was measured, as medians and as ratios to nginx within each round."""

import datetime
import os
import statistics

REFERENCE = "nginx"


def median(rows, key):
    values = [row[key] for row in rows if key in row]
    return statistics.median(values) if values else None


def ratio(results, name, key, reference=REFERENCE):
    """Median, least and greatest ratio, round by round; None where there is nothing to compare with."""
    if name == reference or reference not in results:
        return None
    values = [row[key] / other[key] for row, other in zip(results[name], results[reference]) if key in row and other.get(key)]
    return (statistics.median(values), min(values), max(values)) if values else None


def tell(scenario, results):
    unit = "chunk" if scenario.streams else "request"
    print(f"\n{scenario.title}")
    for name, rows in results.items():
        text = f"  {name:14} {median(rows, 'cpu'):8.1f} us a {unit}"
        found = ratio(results, name, "cpu")
        text += f"  {found[0]:6.2f}x ({found[1]:.2f}-{found[2]:.2f})" if found else " " * 22
        if scenario.streams:
            text += f"  first p50 {median(rows, 'first_p50') / 1000:7.2f} ms, gap p99 {median(rows, 'gap_p99') / 1000:6.1f} max {median(rows, 'gap_max') / 1000:6.1f} ms"
        else:
            text += f"  p50 {median(rows, 'latency_p50'):8.0f} us, p99 {median(rows, 'latency_p99'):8.0f} us, {median(rows, 'rate'):8.0f}/s"
        if scenario.watches_memory:
            text += f"  {median(rows, 'memory_kib') / 1024:6.1f} MiB"
        print(text, flush=True)


def write(path, scenarios, results, rounds, chapters):
    """The page for people: tables, and a picture beside it."""
    machine = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    lines = [INTRODUCTION.format(rounds=rounds, cores=os.cpu_count(), machine=machine, date=datetime.date.today())]
    for scenario in scenarios:
        lines += [f"## {scenario.title}", "", *table(scenario, results[scenario.name]), ""]
    for title, text in chapters:
        lines += [f"## {title}", "", *text, ""]
    path.write_text("\n".join([*lines, ENDING]).rstrip() + "\n")
    picture = path.parent / "pictures" / "performance.svg"
    picture.write_text(plot([s for s in scenarios if REFERENCE in results[s.name]], results))


INTRODUCTION = """# Performance

What the service costs beside other proxies, measured by `scripts/bench-gateway` on {date}: {rounds} rounds on {cores} cores ({machine}), which the
load, the engine and the measured program share. All stand before the same engine, which costs next to nothing; every program has one
worker or event loop. The service runs as people run it: **keys, a hundred projects with limits, scheduler, metrics, usage ledger, log and
request log are on.** nginx, HAProxy and Envoy only pass bytes on, without a log. LiteLLM has a key and one worker.

Processor time is the scheduler's own count and includes what is done behind the answer. Ratios are to nginx in the same round: the median,
and from the least to the greatest. Times on this machine differ by half from one run to the next; the ratios do much less.

![Processor time beside nginx](pictures/performance.svg)
"""


# What people have found out by looking closer; it is written by hand, and to be kept true.
ENDING = """## Where it stands, and where the time goes

The goal is three times nginx for a request and twice for a streamed token in Ollama's dialect, 2.5 times in a translated one. **It is reached
for translated tokens, and in some runs for others**: a request takes 3.4 to 5.3 times what nginx does, one that is translated 5 times, one at a
time 180 µs more; a token 2.0 to 2.4 times. What has been found, with `perf` and with `scripts/bench-micro` ([benchmarks.md](benchmarks.md)):

- **Who is woken costs most.** Between two answers whoever reads them sleeps, and waking it is dearer than the write. What the service writes
  while its loop is busy leaves at once for all connections ([decision 13](decisions/0013-connections-are-served-by-a-handler-of-our-own.md)): a
  third of what a short request cost at 32 at once. One request at a time has nothing to share that with.
- **Counting calls shows more than sampling.** No function takes above 4 % of the time, but probes on `swift_retain`, `swift_bridgeObjectRetain`
  and `malloc` tell which of ours copy and allocate most: 2,100 retains a request were header fields, tickets and all that is known of an
  engine, copied for a look at one part. What is left is a few in each of a hundred places.
- **What a task keeps while it waits is to be read off the program**: the size of each `async` function's frame stands beside its entry. A few
  held 4 to 11 KiB, since all values of an `async` function lie there, and a request's task allocated 19 pieces of memory. What need not wait
  is done by functions that are not `async` now: 14 pieces, half the memory, a tenth of the time.
- **A weak reference is paid for with every count of its object** from then on, which goes by way of a table; and a class that is generic over what it
  reads looks up its own layout with every use. Without both, a request in OpenAI's words took a tenth less.
- A decoder that kept the last piece of what it had read had each token read into memory of its own.
- glibc's allocator keeps seven free blocks of a size for each thread. Requests that run side by side need more: the time in it went from 13 %
  to 7 % of a request with 500, for which the service starts itself once more in the same process (`GLIBC_TUNABLES`, unless it is given).
- Of the time that is left at 32 at once a half goes to sockets: a quarter is the kernel's, where nginx spends nearly all of its own.
- Of what can be counted by itself, a scheduler's decision takes 32,000 instructions (25,000 while 10,000 wait), a row of the ledger 31,000, reading a
  chat in Ollama's words 17,000, a line of the log 17,000, metrics 7,500, the head of the engine's answer 7,000, limits and the key 5,000 each. A chat in OpenAI's words
  takes more than six times as much to read, 109,000, and each token of its answer 6,000, half of it for writing.
- Ledger, logs and metrics together take about 8 µs of a request, on threads beside the loop and many records in a row.
- An engine's connections that come back all at once are kept, up to 1,024: with 64, most of 256 requests at once connected anew.
- Of 10,000 requests in line each takes 34 to 37 KiB, which is its connection with what it has sent and its task, and makes the others dearer by the
  caches of the processor, by 1.5 to 1.7 times from run to run; the scheduler itself gains from a long line.
- A picture of 8 MB that is known already is still read, decoded and hashed.
- Of 1,000 streams' memory 45 MiB are the program itself, mapped from its file, 7 belong to it without a request, and some 32 KiB to each stream: eight pieces of tasks' memory, and 2 KiB for what each of its connections reads.
- Ten minutes of load (the build before this one; 3.9 million requests, one in two hundred a stream) left 79 MiB resident after the first minute, 80
  from the second to the fifth, and 82 from the sixth to the end.
- Without requests the service takes 2 ms of a second.

Tried, and not worth having: functions in sections of their own, in the order of their use (lld; no less processor, nor memory); jemalloc (nothing); mimalloc and tcmalloc (no more than the larger caches, one more library); huge pages for the
program's code or its memory (nothing); a static Swift runtime (nothing here; it is used for other reasons); no checks of exclusive
access at run time in the whole program (nothing that could be told from noise); code for size instead of speed (a request 10 % dearer).

The next steps are one reading of a body in OpenAI's words without a tree between, a ticket that passes the scheduler without a line
where slots are free, and a token that goes from the engine's connection to the caller's without a task being woken.
"""


def table(scenario, results):
    unit = "token" if scenario.streams else "request"
    if scenario.streams:
        rows = [f"| | µs of processor a {unit} | beside nginx | first token, half | gap, 99 of 100 | longest gap |" + (" memory |" if scenario.watches_memory else "")]
        rows.append("| --- |" + " ---: |" * (6 if scenario.watches_memory else 5))
    else:
        rows = [f"| | µs of processor a {unit} | beside nginx | half below | 99 of 100 below | requests a second |", "| --- |" + " ---: |" * 5]
    for name, measured in results.items():
        if name == "direct":
            compared = "no proxy"
        else:
            found = ratio(results, name, "cpu")
            compared = f"{found[0]:.2f} ({found[1]:.2f}–{found[2]:.2f})" if found else "1"
        row = f"| {name} | {median(measured, 'cpu'):.1f} | {compared} |"
        if scenario.streams:
            row += f" {median(measured, 'first_p50') / 1000:.1f} ms | {median(measured, 'gap_p99') / 1000:.1f} ms | {median(measured, 'gap_max') / 1000:.1f} ms |"
            if scenario.watches_memory:
                row += f" {median(measured, 'memory_kib') / 1024:.1f} MiB |"
        else:
            row += f" {median(measured, 'latency_p50'):.0f} µs | {median(measured, 'latency_p99'):.0f} µs | {median(measured, 'rate'):.0f} |"
        rows.append(row)
    return rows


COLOURS = {"nginx": "#8a8f98", "haproxy": "#b58900", "envoy": "#6c71c4", "shared-ollama": "#1f7a4d"}


def plot(scenarios, results):
    """Bars of the ratios to nginx; LiteLLM's would be longer than any page."""
    bars = []
    y = 10
    for scenario in scenarios:
        bars.append(f'<text x="10" y="{y + 12}" font-weight="bold">{scenario.title}</text>')
        y += 20
        for name, colour in COLOURS.items():
            if name not in results[scenario.name]:
                continue
            found = ratio(results[scenario.name], name, "cpu")
            value = found[0] if found else 1
            bars.append(f'<text x="110" y="{y + 11}" text-anchor="end">{name}</text><rect x="116" y="{y + 1}" width="{min(value, 12) * 45:.0f}" height="12" fill="{colour}"/>')
            bars.append(f'<text x="{122 + min(value, 12) * 45:.0f}" y="{y + 11}">{value:.2f}</text>')
            y += 16
        y += 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{y}" font-family="sans-serif" font-size="12" role="img" aria-label="Processor time beside nginx">'
    return head + '<rect width="100%" height="100%" fill="#fff"/>' + "".join(bars) + "</svg>\n"
