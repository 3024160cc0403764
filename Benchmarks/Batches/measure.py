"""Stored batches in a running service before a stand-in for Ollama: what a large one costs, and what a caller beside one waits.

Called by scripts/bench-batches:  measure.py SERVICE STAND_IN LINES
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVICE, STAND_IN, LINES = sys.argv[1], sys.argv[2], int(sys.argv[3])
JSON = {"Content-Type": "application/json"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """A service before a stand-in whose model runs several requests at once, each `tokens` long at `pace` milliseconds."""

    def __init__(self, directory, parallel, tokens, pace):
        engine, port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        stand_in = dict(
            os.environ,
            OLLAMA_HOST=f"127.0.0.1:{engine}",
            OLLAMA_NUM_PARALLEL=str(parallel),
            STAND_IN_TOKEN_PACE_MS=str(pace),
            STAND_IN_TOKEN_COUNT=str(tokens),
            STAND_IN_LOAD_MS="0",
        )
        service = dict(
            os.environ,
            SHARED_OLLAMA_ENGINES_0_URL=f"http://127.0.0.1:{engine}",
            SHARED_OLLAMA_ENGINES_0_PARALLEL=str(parallel),
        )
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.engine = subprocess.Popen([STAND_IN, "serve"], env=stand_in, **quiet)
        command = [SERVICE, "serve", "--data-dir", directory, "--port", str(port)]
        self.service = subprocess.Popen(command, env=service, **quiet)
        for _ in range(600):
            with contextlib.suppress(OSError):
                self.get("/readyz")
                break
            time.sleep(0.1)
        self.model = self.get("/v1/models")["data"][0]["id"]

    def get(self, path):
        return json.load(urllib.request.urlopen(self.url + path))

    def post(self, path, body, headers):
        return json.load(urllib.request.urlopen(urllib.request.Request(self.url + path, data=body, headers=headers)))

    def stop(self):
        for process in (self.service, self.engine):
            process.terminate()
            process.wait()

    def cpu_seconds(self):
        fields = open(f"/proc/{self.service.pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self):
        lines = open(f"/proc/{self.service.pid}/status", encoding="ascii")
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000

    def submit(self, lines):
        """Uploads a file of short conversations and makes a batch of it."""
        requests = (
            {
                "custom_id": f"r{number}",
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": {"model": self.model, "messages": [{"role": "user", "content": f"Say {number}."}]},
            }
            for number in range(lines)
        )
        mark = "a-mark-between-parts"
        form = f'--{mark}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--{mark}\r\n'
        form += 'Content-Disposition: form-data; name="file"; filename="requests.jsonl"\r\n\r\n'
        form += "".join(json.dumps(request) + "\n" for request in requests) + f"\r\n--{mark}--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        file = self.post("/v1/files", form.encode(), headers)["id"]
        order = {"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        return self.post("/v1/batches", json.dumps(order).encode(), JSON)["id"]

    def interactive_waits(self, count):
        """What so many requests wait in line that come one after the other, in milliseconds, in order."""
        waits, callers = [], []

        def ask(number):
            body = {"model": self.model, "messages": [{"role": "user", "content": f"Interactive {number}."}]}
            answer = self.post("/api/v1/chat", json.dumps(body).encode(), {**JSON, "X-Priority": "interactive"})
            waits.append(answer["queue_wait_ms"])

        for number in range(count):
            callers.append(threading.Thread(target=ask, args=(number,)))
            callers[-1].start()
            time.sleep(0.4)
        for caller in callers:
            caller.join()
        return sorted(waits)


def large(directory):
    stage = Stage(directory, parallel=8, tokens=2, pace=0)
    begin = time.time()
    batch = stage.submit(LINES)
    first = None
    while True:
        state = stage.get(f"/v1/batches/{batch}")
        counts = state["request_counts"]
        if first is None and counts["running"] + counts["completed"] > 0:
            first, cpu, start, done = time.time() - begin, stage.cpu_seconds(), time.time(), counts["completed"]
            print(f"{LINES} lines: the first runs after {first:.2f} s; the service's memory peaks at {stage.peak_megabytes():.0f} MB")
        if state["status"] in ("completed", "failed", "cancelled", "expired"):
            break
        time.sleep(0.05 if first is None else 0.5)
    items = counts["completed"] - done
    print(
        f"{state['status']}, {counts['completed']} done, {counts['failed']} failed: "
        f"{(stage.cpu_seconds() - cpu) / items * 1e3:.2f} ms of CPU and {(time.time() - start) / items * 1e3:.2f} ms an item, "
        f"request and storage together; {stage.peak_megabytes():.0f} MB at most"
    )
    stage.stop()


def beside(directory):
    stage = Stage(directory, parallel=4, tokens=50, pace=20)
    count = 60
    alone = stage.interactive_waits(count)
    stage.submit(3000)
    time.sleep(3)
    busy = stage.interactive_waits(count)
    rank = int(count * 0.95)
    print(
        "requests of one second on four slots, 2.5 interactive ones a second: 95th percentile of their wait "
        f"{alone[rank]:.0f} ms alone, {busy[rank]:.0f} ms while a batch fills all slots"
    )
    stage.stop()


with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
    large(one)
    beside(two)
