"""What is asked of each gateway."""

import base64
import dataclasses
import random
import struct
import zlib

HELLO = [{"role": "user", "content": "Why is the sky blue?"}]
ALL = ("direct", "nginx", "haproxy", "envoy", "litellm", "shared-ollama")
# LiteLLM speaks no Ollama.
OLLAMA = ("direct", "nginx", "haproxy", "envoy", "shared-ollama")


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    path: str
    body: dict
    gateways: tuple = OLLAMA
    connections: int = 1
    requests: int = 0
    streams: int = 0
    tokens: int = 0
    pace: int = 20_000
    projects: bool = False
    watches_memory: bool = False
    settling: float = 1.3
    few: int = 300
    # Run at the same time; their requests count as well.
    beside: "tuple[Scenario, ...]" = ()
    # Of the service, where it is not to be as for all others.
    settings: dict = dataclasses.field(default_factory=dict)

    def is_for(self, name):
        return name in self.gateways

    def requests_for(self, name):
        return min(self.requests, self.few) if name == "litellm" else self.requests

    def smaller(self):
        """The same, to warm up: with as many connections, and few requests."""
        beside = tuple(scenario.smaller() for scenario in self.beside)
        return dataclasses.replace(self, requests=max(self.connections * 4, self.requests // 20), settling=0.1, beside=beside)


def chat(**fields):
    return {"model": "bench", "messages": HELLO, **fields}


def streaming(tokens):
    return chat(stream=True, options={"num_predict": tokens})


def picture(width, height):
    """A PNG of noise, which no packing makes smaller, as base64."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(3 * width) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")).decode()


LOOK = [{"role": "user", "content": "What is in this picture?", "images": [picture(1600, 1250)]}]

SCENARIOS = [
    Scenario("one", "One request at a time", "/api/chat", chat(stream=False), connections=1, requests=4000),
    Scenario("whole-32", "32 requests at once", "/api/chat", chat(stream=False), connections=32, requests=20000),
    Scenario("whole-256", "256 requests at once", "/api/chat", chat(stream=False), connections=256, requests=20000),
    Scenario("projects", "32 at once, of a hundred projects with limits", "/api/chat", chat(stream=False), connections=100, requests=20000, projects=True),
    Scenario("openai", "32 at once, OpenAI's dialect", "/v1/chat/completions", chat(max_tokens=8), ALL, connections=32, requests=10000, pace=0),
    Scenario(
        "mixed", "33 at once, a third each in Ollama's, OpenAI's and Anthropic's dialect", "/api/chat", chat(stream=False), connections=11, requests=7000, pace=0,
        beside=(
            Scenario("mixed-openai", "", "/v1/chat/completions", chat(max_tokens=8), connections=11, requests=7000, pace=0),
            Scenario("mixed-anthropic", "", "/v1/messages", chat(max_tokens=8), connections=11, requests=7000, pace=0),
        ),
    ),
    Scenario("vision", "4 at once, each with the same picture of 8 MB", "/api/chat", chat(stream=False) | {"messages": LOOK}, connections=4, requests=60),
    Scenario("streams-100", "100 streams at 50 tokens a second", "/api/chat", streaming(100), streams=100, tokens=100),
    Scenario("streams-500", "500 streams at 50 tokens a second", "/api/chat", streaming(100), streams=500, tokens=100),
    Scenario("sse-200", "200 streams at 50 tokens a second, OpenAI's dialect", "/v1/chat/completions", chat(stream=True, max_tokens=100), ALL, streams=200, tokens=100, few=20),
    Scenario("streams-1000", "1,000 streams at 15 tokens a second", "/api/chat", streaming(60), streams=1000, tokens=60, pace=66_667, watches_memory=True),
]
