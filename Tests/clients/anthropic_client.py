"""Anthropic's own client, unmodified, against the service."""

import time

import anthropic
from scenarios import QUESTION, TOOL_SCHEMA, raises, run

MODEL = "smollm2"
TOOLS = [{"name": "get_weather", "description": "Tells the weather.", "input_schema": TOOL_SCHEMA}]


def client(url, **options):
    return anthropic.Anthropic(base_url=url, api_key="none", **options)


def model(url):
    """The model that the engine behind the service has."""
    names = [entry["id"] for entry in client(url)._client.get(f"{url}/v1/models").json()["data"]]
    return next((name for name in names if name.startswith(MODEL)), names[0])


def chat(url):
    answer = client(url).messages.create(
        model=model(url), max_tokens=8, system="Be brief.", messages=[{"role": "user", "content": "Say hi."}]
    )
    assert answer.type == "message" and answer.role == "assistant" and answer.content[0].text
    assert answer.stop_reason in ("end_turn", "max_tokens") and answer.usage.output_tokens > 0


def streamed_chat(url):
    messages = [{"role": "user", "content": [{"type": "text", "text": "Count to five."}]}]
    with client(url).messages.stream(model=model(url), max_tokens=12, messages=messages) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text and message.content[0].text == text
    assert message.stop_reason in ("end_turn", "max_tokens") and message.usage.output_tokens > 0


def tools(url):
    asked = client(url).messages.create(model="smollm2-tools", max_tokens=100, messages=QUESTION, tools=TOOLS)
    assert asked.stop_reason == "tool_use"
    call = next(block for block in asked.content if block.type == "tool_use")
    assert call.name == "get_weather" and isinstance(call.input, dict)
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "Sunny."}]}
    answer = client(url).messages.create(
        model="smollm2-tools",
        max_tokens=100,
        messages=[*QUESTION, {"role": "assistant", "content": asked.content}, result],
    )
    assert answer.content[0].text


def streamed_tools(url):
    with client(url).messages.stream(model="smollm2-tools", max_tokens=100, messages=QUESTION, tools=TOOLS) as stream:
        message = stream.get_final_message()
    call = next(block for block in message.content if block.type == "tool_use")
    assert call.name == "get_weather" and isinstance(call.input, dict) and message.stop_reason == "tool_use"


def forced_tool(url):
    answer = client(url).messages.create(
        model=model(url), max_tokens=200, messages=QUESTION, tools=TOOLS, tool_choice={"type": "any"}
    )
    call = next(block for block in answer.content if block.type == "tool_use")
    assert call.name == "get_weather" and "city" in call.input


def thinking(url):
    answer = client(url).messages.create(
        model="smollm2-think",
        max_tokens=2000,
        messages=QUESTION,
        thinking={"type": "enabled", "budget_tokens": 1024},
    )
    assert answer.content[0].type == "thinking" and answer.content[0].thinking


def count_tokens(url):
    assert client(url).messages.count_tokens(model=model(url), messages=QUESTION).input_tokens > 0


def errors(url):
    unknown = raises(
        anthropic.NotFoundError, lambda: client(url).messages.create(model="nope", max_tokens=4, messages=QUESTION)
    )
    assert unknown.body["error"]["type"] == "not_found_error"
    raises(anthropic.BadRequestError, lambda: client(url).messages.create(model=model(url), max_tokens=4, messages=[]))


def cancel(url):
    with client(url).messages.stream(
        model=model(url), max_tokens=4000, messages=[{"role": "user", "content": "Write a long story."}]
    ) as stream:
        next(iter(stream))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not client(url)._client.get(f"{url}/api/v1/queue/requests").json()["requests"]:
            return
        time.sleep(0.1)
    raise AssertionError("the request is still on its way")


run([chat, streamed_chat, tools, streamed_tools, forced_tool, thinking, count_tokens, errors, cancel])
