"""Runs the scenarios that the command line names: SCRIPT URL SCENARIO..."""

import sys
import traceback

TOOL_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 30}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
QUESTION = [{"role": "user", "content": "What is the weather in Paris?"}]


def run(scenarios):
    """Runs them one after the other; the exit status is 1 if one fails."""
    url, names = sys.argv[1], sys.argv[2:]
    known = {scenario.__name__: scenario for scenario in scenarios}
    failed = False
    for name in names:
        try:
            known[name](url)
            print(f"ok {name}", flush=True)
        except Exception:
            traceback.print_exc()
            print(f"FAILED {name}", flush=True)
            failed = True
    sys.exit(1 if failed else 0)


def raises(kind, call):
    """The exception of a call that has to fail with one of this class."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")
