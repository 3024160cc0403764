"""OpenAI's own client, unmodified, against the service."""

import json
import time

import openai
from scenarios import PERSON, QUESTION, TOOL_SCHEMA, raises, run

MODEL = "smollm2"
TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "Tells the weather.", "parameters": TOOL_SCHEMA},
    }
]


def client(url, **options):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", **options)


def model(url):
    """The model that the engine behind the service has."""
    names = [entry.id for entry in client(url).models.list()]
    return next((name for name in names if name.startswith(MODEL)), names[0])


def chat(url):
    answer = client(url).chat.completions.create(
        model=model(url),
        messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Say hi."}],
        max_completion_tokens=8,
        temperature=0,
        user="somebody",
        n=1,
        stop="\n\n\n",
    )
    assert answer.id.startswith("chatcmpl-") and answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant" and answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def streamed_chat(url):
    stream = client(url).chat.completions.create(
        model=model(url),
        messages=[{"role": "user", "content": [{"type": "text", "text": "Count to five."}]}],
        max_tokens=12,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] in ("stop", "length")
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def several_answers(url):
    answer = client(url).chat.completions.create(
        model=model(url), messages=[{"role": "user", "content": "Say a word."}], n=3, max_tokens=4, seed=7
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2]


def tools(url):
    asked = client(url).chat.completions.create(model="smollm2-tools", messages=QUESTION, tools=TOOLS)
    assert asked.choices[0].finish_reason == "tool_calls"
    call = asked.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments), dict)
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}
    answer = client(url).chat.completions.create(
        model="smollm2-tools", messages=[*QUESTION, asked.choices[0].message, result]
    )
    assert answer.choices[0].message.content and not answer.choices[0].message.tool_calls


def streamed_tools(url):
    stream = client(url).chat.completions.create(model="smollm2-tools", messages=QUESTION, tools=TOOLS, stream=True)
    chunks = list(stream)
    calls = [call for chunk in chunks if chunk.choices for call in chunk.choices[0].delta.tool_calls or []]
    assert calls[0].function.name == "get_weather" and calls[0].index == 0 and calls[0].id
    json.loads("".join(call.function.arguments or "" for call in calls))
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def forced_tool(url):
    for choice in ["required", {"type": "function", "function": {"name": "get_weather"}}]:
        answer = client(url).chat.completions.create(
            model=model(url), messages=QUESTION, tools=TOOLS, tool_choice=choice, max_tokens=200, temperature=0
        )
        assert answer.choices[0].finish_reason == "tool_calls", answer
        call = answer.choices[0].message.tool_calls[0]
        assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)


def structured_output(url):
    answer = client(url).chat.completions.create(
        model=model(url),
        messages=[{"role": "user", "content": "Give me a person."}],
        response_format={"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}},
        max_tokens=200,
        temperature=0,
    )
    person = json.loads(answer.choices[0].message.content)
    assert isinstance(person["name"], str) and isinstance(person["age"], int)


def completion(url):
    answer = client(url).completions.create(model=model(url), prompt="The sky is", max_tokens=4)
    assert answer.object == "text_completion" and answer.choices[0].text
    stream = client(url).completions.create(model=model(url), prompt="The sky is", max_tokens=4, stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream if chunk.choices)


def embeddings(url):
    # The client asks for Base64 unless it is told otherwise.
    answer = client(url).embeddings.create(model="all-minilm", input=["a", "b"])
    floats = client(url).embeddings.create(model="all-minilm", input="a", encoding_format="float")
    assert len(answer.data) == 2 and len(answer.data[0].embedding) == len(floats.data[0].embedding) == 384
    assert abs(answer.data[0].embedding[0] - floats.data[0].embedding[0]) < 1e-6


def models(url):
    listed = [entry.id for entry in client(url).models.list()]
    assert listed and client(url).models.retrieve(listed[0]).id == listed[0]


def responses(url):
    answer = client(url).responses.create(model=model(url), input="Say hi.", max_output_tokens=16)
    assert answer.output_text
    with client(url).responses.stream(model=model(url), input="Say hi.", max_output_tokens=16) as stream:
        kinds = [event.type for event in stream]
    assert kinds[0] == "response.created" and kinds[-1] in ("response.completed", "response.incomplete")


def errors(url):
    messages = [{"role": "user", "content": "hi"}]
    unknown = raises(openai.NotFoundError, lambda: client(url).chat.completions.create(model="nope", messages=messages))
    assert unknown.code == "model_not_found"
    wrong = raises(
        openai.BadRequestError,
        lambda: client(url).chat.completions.create(model=model(url), messages=messages, temperature=9),
    )
    assert wrong.type == "invalid_request_error" and wrong.param == "temperature"


def cancel(url):
    stream = client(url).chat.completions.create(
        model=model(url), messages=[{"role": "user", "content": "Write a long story."}], stream=True
    )
    next(iter(stream))
    stream.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = client(url)._client.get(f"{url}/api/v1/queue/requests").json()
        if not answer["requests"]:
            return
        time.sleep(0.1)
    raise AssertionError("the request is still on its way")


def line(url, name, **body):
    """A line of a batch's file."""
    body = {"model": model(url), "messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 4} | body
    return json.dumps({"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}) + "\n"


def upload(url, text):
    return client(url).files.create(file=("requests.jsonl", text.encode()), purpose="batch")


def ended(url, batch):
    """The batch, once it has ended."""
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        time.sleep(0.1)
        batch = client(url).batches.retrieve(batch.id)
    return batch


def files(url):
    api = client(url)
    text = line(url, "a")
    file = upload(url, text)
    assert file.object == "file" and file.bytes == len(text) and file.purpose == "batch"
    assert file.filename == "requests.jsonl" and file.expires_at > file.created_at
    assert api.files.retrieve(file.id) == file
    assert api.files.content(file.id).text == text
    assert file.id in [entry.id for entry in api.files.list(purpose="batch", limit=1)]
    assert api.files.delete(file.id).deleted
    raises(openai.NotFoundError, lambda: api.files.retrieve(file.id))


def refused_batch(url):
    file = upload(url, line(url, "a") + "none\n")
    batch = client(url).batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"job": "test"}
    )
    assert batch.object == "batch" and batch.status == "validating" and batch.metadata == {"job": "test"}
    batch = ended(url, batch)
    assert batch.status == "failed" and batch.errors.data[0].line == 2, batch
    assert batch.id in [entry.id for entry in client(url).batches.list(limit=1)]
    raises(openai.ConflictError, lambda: client(url, max_retries=0).batches.cancel(batch.id))


def batch(url):
    api = client(url)
    file = upload(url, line(url, "a") + line(url, "b", max_tokens=-1) + line(url, "c"))
    made = api.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    done = ended(url, made)
    assert done.status == "completed" and done.request_counts.total == 3, done
    assert (done.request_counts.completed, done.request_counts.failed) == (2, 1), done
    assert done.usage.output_tokens > 0 and done.completed_at >= done.created_at
    lines = [json.loads(text) for text in api.files.content(done.output_file_id).text.splitlines()]
    assert [entry["custom_id"] for entry in lines] == ["a", "c"]
    for entry in lines:
        assert entry["response"]["status_code"] == 200 and entry["error"] is None
        assert entry["response"]["body"]["choices"][0]["message"]["content"]
    failed = json.loads(api.files.content(done.error_file_id).text)
    assert failed["custom_id"] == "b" and failed["response"]["status_code"] == 400


def cancelled_batch(url):
    api = client(url)
    file = upload(url, "".join(line(url, f"r{index}", max_tokens=64) for index in range(200)))
    made = api.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="7d")
    assert api.batches.cancel(made.id).status in ("cancelling", "cancelled")
    done = ended(url, made)
    assert done.status == "cancelled" and done.request_counts.total in (0, 200), done
    assert done.request_counts.completed + done.request_counts.failed == done.request_counts.total


def retry(url):
    """The engine is busy once; the client tries again by itself."""
    answer = client(url, max_retries=3).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hi"}], max_tokens=4
    )
    assert answer.choices[0].message.content
    busy = client(url, max_retries=0)
    raises(openai.APIStatusError, lambda: busy.chat.completions.create(model="nope", messages=[]))


run(
    [
        chat, streamed_chat, several_answers, tools, streamed_tools, forced_tool, structured_output, completion, embeddings,
        models, responses, errors, cancel, retry, files, refused_batch, batch, cancelled_batch,
    ]
)
