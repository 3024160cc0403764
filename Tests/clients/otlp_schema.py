"""Reads batches of spans by the schema itself, which refuses fields and types that it does not have: SCRIPT FILE..."""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# OTLP writes ids in hexadecimal, where the JSON form of Protocol Buffers has Base64.
IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def with_protobuf_ids(value):
    if isinstance(value, list):
        return [with_protobuf_ids(element) for element in value]
    if not isinstance(value, dict):
        return value
    result = {key: with_protobuf_ids(element) for key, element in value.items()}
    for key, length in IDS.items():
        if key in result:
            raw = bytes.fromhex(result[key])
            assert len(raw) == length and any(raw), (key, result[key])
            result[key] = base64.b64encode(raw).decode()
    return result


spans = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        body = json.load(file)
    request = json_format.ParseDict(with_protobuf_ids(body), ExportTraceServiceRequest(), ignore_unknown_fields=False)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                spans += 1
                assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
                for attribute in span.attributes:
                    # A value of no kind means that none was understood.
                    assert attribute.key and attribute.value.WhichOneof("value"), span
print(spans)
