"""Libraries that many projects put before a model, unmodified, against the service."""

import os

# It would ask another server for prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from scenarios import run  # noqa: E402

MESSAGES = [{"role": "user", "content": "Say hi."}]


def litellm_openai(url):
    import litellm

    options = {"model": "openai/smollm2", "api_base": f"{url}/v1", "api_key": "none", "max_tokens": 8}
    assert litellm.completion(messages=MESSAGES, **options).choices[0].message.content
    stream = litellm.completion(messages=MESSAGES, stream=True, **options)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def litellm_ollama(url):
    import litellm

    options = {"model": "ollama_chat/smollm2", "api_base": url, "max_tokens": 8}
    assert litellm.completion(messages=MESSAGES, **options).choices[0].message.content
    stream = litellm.completion(messages=MESSAGES, stream=True, **options)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def langchain_openai(url):
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(model="smollm2", base_url=f"{url}/v1", api_key="none", max_tokens=8)
    assert chat.invoke("Say hi.").content
    assert "".join(chunk.content for chunk in chat.stream("Say hi."))


def langchain_ollama(url):
    from langchain_ollama import ChatOllama

    chat = ChatOllama(model="smollm2", base_url=url, num_predict=8)
    assert chat.invoke("Say hi.").content
    assert "".join(chunk.content for chunk in chat.stream("Say hi."))


run([litellm_openai, litellm_ollama, langchain_openai, langchain_ollama])
