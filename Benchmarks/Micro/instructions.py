"""Counts the instructions of small pieces of the service, and compares them with thresholds that are committed.

Called by scripts/bench-micro. Each benchmark runs under Valgrind with the count that the program tells and with twice as many
iterations: the difference is that of the work alone, without the start of the program. Instructions, unlike times, are the same
on a busy machine.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

# Beyond this a threshold is broken; so far below it, it says nothing any more.
MOST, LEAST = 1.10, 0.80
VALGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--cachegrind-out-file=/dev/null"]
# Hash tables look the same in every run.
ENVIRONMENT = dict(os.environ, SWIFT_DETERMINISTIC_HASHING="1")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench-micro", description="Counts instructions of small pieces of the service.")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--swift", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--thresholds", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--update", action="store_true", help="write the thresholds anew")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks; all of them where none is named")
    return parser.parse_args()


def instructions(program, name, count):
    """All that a run of the program takes."""
    run = subprocess.run([*VALGRIND, program, name, str(count)], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    found = re.search(r"I\s+refs:\s+([\d,]+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"error: '{name}' could not be counted:\n{run.stderr}")
    return int(found[1].replace(",", ""))


def each(program, name, count):
    """The instructions of one iteration."""
    return round((instructions(program, name, 2 * count) - instructions(program, name, count)) / count)


def verdict(counted, threshold):
    if threshold is None:
        return "has no threshold: --update", False
    if counted > MOST * threshold:
        return "TOO MANY", False
    if counted < LEAST * threshold:
        return "far fewer: the threshold can be lowered with --update", True
    return "", True


def main():
    given = arguments()
    told = subprocess.run([given.program], capture_output=True, text=True, check=True).stdout.splitlines()
    known = {name: int(count) for name, count in (line.split() for line in told)}
    if wrong := sorted(set(given.names) - known.keys()):
        sys.exit(f"error: there is no benchmark {', '.join(wrong)}; there are {', '.join(known)}")
    kept = json.loads(given.thresholds.read_text()) if given.thresholds.exists() else {"swift": given.swift, "instructions": {}}
    thresholds = kept["instructions"]
    if kept["swift"] != given.swift:
        print(f"The thresholds are of Swift {kept['swift']}; this is {given.swift}, whose code is another: nothing fails.")
    print(f"{'benchmark':28}{'instructions':>14}{'threshold':>12}{'ratio':>8}")
    counts, passed = {}, True
    for name in given.names or known:
        counts[name] = each(given.program, name, known[name])
        threshold = thresholds.get(name)
        told, fits = ("", True) if given.update else verdict(counts[name], threshold)
        told_threshold, ratio = (f"{threshold:,}", f"{counts[name] / threshold:.2f}") if threshold else ("", "")
        print(f"{name:28}{counts[name]:>14,}{told_threshold:>12}{ratio:>8}  {told}".rstrip(), flush=True)
        passed = passed and fits
    if given.update:
        # The order is the program's; what it no longer has goes.
        new = {name: counts.get(name, thresholds.get(name)) for name in known}
        new = {"swift": given.swift, "instructions": {name: count for name, count in new.items() if count is not None}}
        given.thresholds.write_text(json.dumps(new, indent=2) + "\n")
        return 0
    for name in thresholds.keys() - known.keys():
        print(f"'{name}' has a threshold and is no benchmark any more: --update")
        passed = False
    return 0 if passed or kept["swift"] != given.swift else 1


sys.exit(main())
