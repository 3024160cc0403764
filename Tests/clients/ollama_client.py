"""Ollama's own client, unmodified, against the service."""

import json
import time

import httpx
import ollama
from scenarios import PERSON, QUESTION, TOOL_SCHEMA, raises, run

MODEL = "smollm2"
TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "Tells the weather.", "parameters": TOOL_SCHEMA},
    }
]


def model(url):
    """The model that the engine behind the service has."""
    names = [entry.model for entry in ollama.Client(host=url).list().models]
    return next((name for name in names if name.startswith(MODEL)), names[0])


def chat(url):
    answer = ollama.Client(host=url).chat(
        model=model(url), messages=[{"role": "user", "content": "Say hi."}], options={"num_predict": 8, "temperature": 0}
    )
    assert answer.message.content and answer.done and answer.eval_count > 0


def streamed_chat(url):
    parts = list(
        ollama.Client(host=url).chat(
            model=model(url),
            messages=[{"role": "user", "content": "Count."}],
            options={"num_predict": 8},
            stream=True,
        )
    )
    assert len(parts) > 1 and "".join(part.message.content or "" for part in parts)
    assert parts[-1].done and parts[-1].done_reason in ("stop", "length")


def generate(url):
    client = ollama.Client(host=url)
    assert client.generate(model=model(url), prompt="Say hi.", options={"num_predict": 8}).response
    assert client.generate(model=model(url), prompt="").done_reason == "load"


def tools(url):
    client = ollama.Client(host=url)
    asked = client.chat(model="smollm2-tools", messages=QUESTION, tools=TOOLS)
    call = asked.message.tool_calls[0].function
    assert call.name == "get_weather" and isinstance(call.arguments, dict)
    result = {"role": "tool", "tool_name": call.name, "content": "Sunny."}
    assert client.chat(model="smollm2-tools", messages=[*QUESTION, asked.message, result]).message.content


def structured_output(url):
    answer = ollama.Client(host=url).chat(
        model=model(url),
        messages=[{"role": "user", "content": "Give me a person."}],
        format=PERSON,
        options={"num_predict": 200, "temperature": 0},
    )
    assert isinstance(json.loads(answer.message.content)["age"], int)


def thinking(url):
    answer = ollama.Client(host=url).chat(model="smollm2-think", messages=QUESTION, think=True)
    assert answer.message.thinking and answer.message.content


def embeddings(url):
    client = ollama.Client(host=url)
    assert len(client.embed(model="all-minilm", input=["a", "b"]).embeddings) == 2
    assert len(client.embeddings(model="all-minilm", prompt="a").embedding) == 384


def models(url):
    client = ollama.Client(host=url)
    name = client.list().models[0].model
    assert client.show(name).details is not None
    assert client.ps().models is not None


def errors(url):
    client = ollama.Client(host=url)
    unknown = raises(ollama.ResponseError, lambda: client.chat(model="nope", messages=[]))
    assert unknown.status_code == 404 and "not found" in unknown.error
    streamed = raises(ollama.ResponseError, lambda: list(client.chat(model="nope", messages=[], stream=True)))
    assert streamed.status_code == 404


def cancel(url):
    stream = ollama.Client(host=url).generate(model=model(url), prompt="Write a long story.", stream=True)
    next(stream)
    stream.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not httpx.get(f"{url}/api/v1/queue/requests").json()["requests"]:
            return
        time.sleep(0.1)
    raise AssertionError("the request is still on its way")


run([chat, streamed_chat, generate, tools, structured_output, thinking, embeddings, models, errors, cancel])
