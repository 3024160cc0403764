"""What tracing costs: the service's CPU time for a request, with and without it, in turns before one stand-in for Ollama.

Called by scripts/bench-tracing:  measure.py SERVICE STAND_IN REQUESTS ROUNDS
"""

import contextlib
import glob
import http.client
import http.server
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVICE, STAND_IN, REQUESTS, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
CALLERS = 8
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes all spans and counts them."""

    protocol_version = "HTTP/1.1"
    spans = 0
    bytes = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Collector.bytes += len(body)
        Collector.spans += body.count(b'"spanId"')
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


class Service:
    """One service; all of them live at the same time, and only one is asked at a time."""

    def __init__(self, directory, engine, settings):
        self.port = free_port()
        environment = dict(
            os.environ,
            SHARED_OLLAMA_ENGINES_0_URL=f"http://127.0.0.1:{engine}",
            SHARED_OLLAMA_ENGINES_0_PARALLEL="8",
            SHARED_OLLAMA_SERVER_THREADS="1",
            **{f"SHARED_OLLAMA_{key}": value for key, value in settings.items()},
        )
        command = [SERVICE, "serve", "--data-dir", directory, "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment, **QUIET)
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz")
                break
            time.sleep(0.1)

    def cpu(self):
        """The CPU time of all its threads so far, in seconds."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with contextlib.suppress(OSError), open(path) as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def ask(self, count):
        """Has callers send requests over connections that stay open, and returns the CPU time of one in microseconds."""

        def calls():
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            body = json.dumps({"model": "smollm2", "messages": [{"role": "user", "content": "hi"}], "stream": True})
            headers = {"Content-Type": "application/json"}
            for _ in range(count // CALLERS):
                connection.request("POST", "/v1/chat/completions", body, headers)
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status == 200 and b"[DONE]" in text, text

        # What is written or exported later belongs to the requests, and what an idle service does anyway does not.
        start = self.cpu()
        callers = [threading.Thread(target=calls) for _ in range(CALLERS)]
        begun = time.monotonic()
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        lasted = time.monotonic() - begun
        time.sleep(2)
        busy = self.cpu() - start
        time.sleep(lasted + 2)
        idle = self.cpu() - start - busy
        return (busy - idle) / (count // CALLERS * CALLERS) * 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait()


def main():
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    tracing = {
        "TRACING_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "TRACING_INTERVAL_SECONDS": "1",
        "TRACING_MAX_QUEUED_SPANS": "1000000",
    }
    silent = {"REQUEST_LOG_ENABLED": "false", "LOG_LEVEL": "critical"}
    variants = {
        "metrics and ledger": silent,
        "and log and request log": {},
        "the same again, which shows the noise": {},
        "and tracing, none of the traces recorded": {**tracing, "TRACING_SAMPLE_RATIO": "0"},
        "and tracing, all recorded and exported": tracing,
    }
    engine = free_port()
    environment = dict(
        os.environ,
        OLLAMA_HOST=f"127.0.0.1:{engine}",
        OLLAMA_NUM_PARALLEL="8",
        STAND_IN_TOKEN_PACE_MS="0",
        STAND_IN_TOKEN_COUNT="3",
        STAND_IN_LOAD_MS="0",
    )
    stand_in = subprocess.Popen([STAND_IN, "serve"], env=environment, **QUIET)
    with tempfile.TemporaryDirectory() as directory:
        services = {name: Service(f"{directory}/{index}", engine, settings)
                    for index, (name, settings) in enumerate(variants.items())}
        figures = {name: [] for name in services}
        exported = 0
        try:
            for service in services.values():
                service.ask(800)
            names = list(services)
            for number in range(ROUNDS):
                for name in names[number % len(names):] + names[:number % len(names)]:
                    before = Collector.spans
                    figures[name].append(services[name].ask(REQUESTS))
                    if name == names[-1]:
                        exported += Collector.spans - before
        finally:
            for service in services.values():
                service.stop()
            stand_in.terminate()
            stand_in.wait()
    print(f"CPU time of the service for a streamed chat of 3 tokens, {ROUNDS} rounds of {REQUESTS} requests:")
    before = None
    for name, values in figures.items():
        middle = statistics.median(values)
        more = "" if before is None else f"  {middle - before:+6.1f}"
        print(f"  {name:<44}{middle:7.1f} µs (least {min(values):.1f}, most {max(values):.1f}){more}")
        # Each is told against the one with logs, which is what a service does by default.
        if name in ("metrics and ledger", "and log and request log"):
            before = middle
    sent = ROUNDS * (REQUESTS // CALLERS * CALLERS)
    print(f"  {exported} spans exported for {sent} requests, {Collector.bytes / max(1, Collector.spans):.0f} bytes each")


main()
