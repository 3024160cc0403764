"""What scripts/fuzz-api adds: models that exist, and a check for faults of the service itself."""

import json
import os
import zlib

import schemathesis

# What the service says of a failure that nobody foresaw (ServiceError.unexpected).
UNEXPECTED = "The service failed. The request id finds the reason in its log."
MODELS = {
    "text": os.environ.get("FUZZ_TEXT_MODEL", "smollm2"),
    "embedding": os.environ.get("FUZZ_EMBEDDING_MODEL", "all-minilm"),
}


@schemathesis.hook
def map_body(context, body):
    """Names a model that exists in three of four bodies that name one: a made-up one is refused before anything else."""
    operation = getattr(context, "operation", None)
    path = operation.path if operation else ""
    if isinstance(body, dict) and path in ("/api/v1/models/pull", "/api/v1/models/create"):
        # The stand-in has no registry, and a stream that fails on the way is cut: a broken connection to this client.
        body["stream"] = False
    if isinstance(body, dict) and isinstance(body.get("model"), str) and path != "/api/delete":
        if zlib.crc32(json.dumps(body, sort_keys=True, default=str).encode(errors="replace")) % 4:
            body["model"] = MODELS["embedding" if "embed" in path else "text"]
    return body


@schemathesis.check
def no_fault_of_the_service(ctx, response, case):
    """A 500 is an engine's own that is passed on below /api/, or it is a bug."""
    if response.status_code < 500:
        return
    text = response.content.decode(errors="replace")
    if '"code":"internal"' in text or UNEXPECTED in text:
        raise AssertionError(f"a fault of the service: {response.status_code} {text[:300]}")
