"""What tests in Python play on: the service before a stand-in for Ollama, and how to speak to it."""

import contextlib
import json
import os
import random
import socket
import subprocess
import tempfile
import time
import urllib.request

PATIENCE = 120


def free_port():
    """A port that is free, below those that the system gives to connections by chance."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(command, **variables):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={**os.environ, **variables}, **quiet)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def stage(service, stand_in, slots=2, **settings):
    """A service before a stand-in for Ollama; its URL."""
    engine, port = free_port(), free_port()
    of_stand_in = {
        "OLLAMA_HOST": f"127.0.0.1:{engine}",
        "OLLAMA_NUM_PARALLEL": str(slots),
        "STAND_IN_TOKEN_PACE_MS": "40",
        "STAND_IN_TOKEN_COUNT": "40",
        **{name: value for name, value in settings.items() if name.startswith("STAND_IN_")},
    }
    of_service = {
        "SHARED_OLLAMA_ENGINES_0_URL": f"http://127.0.0.1:{engine}",
        "SHARED_OLLAMA_ENGINES_0_PARALLEL": str(slots),
        **{name: value for name, value in settings.items() if name.startswith("SHARED_OLLAMA_")},
    }
    with tempfile.TemporaryDirectory() as data, running([stand_in, "serve"], **of_stand_in):
        with running([service, "serve", "--data-dir", data, "--port", str(port)], **of_service):
            url = f"http://127.0.0.1:{port}"
            for _ in range(PATIENCE * 10):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{url}/readyz")
                    break
                time.sleep(0.1)
            yield url


def post(url, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)))


def submit(url, count):
    """Orders a batch of so many chats."""
    body = {"model": "smollm2", "messages": [{"role": "user", "content": "Hello"}]}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    lines = "".join(json.dumps({"custom_id": f"r{number}", **line}) + "\n" for number in range(count))
    form = '--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--x\r\n'
    form += f'Content-Disposition: form-data; name="file"; filename="x.jsonl"\r\n\r\n{lines}\r\n--x--\r\n'
    file = post(f"{url}/v1/files", form.encode(), **{"Content-Type": "multipart/form-data; boundary=x"})
    order = {"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    post(f"{url}/v1/batches", order)
