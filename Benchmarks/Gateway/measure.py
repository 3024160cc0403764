"""Measures the service beside other proxies before one fast engine, all in the same run.

Called by scripts/bench-gateway:  measure.py --service FILE --tools DIRECTORY [--rounds N] [--only SCENARIO,...] [--with NAME,...]

Each round asks every gateway once, in an order that rotates. What is told are medians over the rounds, and ratios within a
round: a machine that is slow for a while is slow for all. The main figure is processor time, which a noisy machine spoils least.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import gateways
import report
import scale
from scenarios import SCENARIOS

GATEWAYS = ("direct", "nginx", "haproxy", "envoy", "litellm")


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.tools = pathlib.Path(options.tools)
        self.engines, self.running = {}, {}

    def gateway(self, name, pace, **settings):
        """The gateway before the engine of a pace; started when it is first asked for."""
        if pace not in self.engines:
            self.engines[pace] = gateways.engine(str(self.tools / "engine"), self.directory, pace)
        upstream = self.engines[pace].port
        if name == "direct":
            return self.engines[pace]
        key = (name, pace, *settings.items())
        if key not in self.running:
            self.running[key] = self.start(name, upstream, **settings)
        return self.running[key]

    def start(self, name, upstream, **settings):
        if name == "nginx":
            return gateways.nginx(self.directory, upstream)
        if name == "haproxy":
            return gateways.haproxy(self.directory, upstream)
        if name == "envoy":
            return gateways.envoy(self.directory, upstream, self.options.envoy)
        if name == "litellm":
            return gateways.litellm(self.directory, upstream, self.options.litellm)
        return gateways.shared_ollama(self.directory, upstream, self.options.builds[name], name, **settings)

    def stop(self):
        for gateway in [*self.running.values(), *self.engines.values()]:
            gateway.stop()

    def ask(self, scenario, name):
        """One measurement: what the load saw, and what the gateway spent on it."""
        gateway = self.gateway(name, scenario.pace, **scenario.settings)
        count = scenario.streams or scenario.connections
        if scenario.streams and name == "litellm":
            count = min(count, scenario.few)
        before, peak = gateway.cpu, [0]
        process = self.load(scenario, name, gateway, count)
        beside = [(other, self.load(other, name, gateway, other.connections)) for other in scenario.beside]
        over = threading.Event()

        def watch():
            while not over.wait(0.2):
                peak[0] = max(peak[0], gateway.memory)

        watcher = threading.Thread(target=watch)
        if scenario.watches_memory:
            watcher.start()
        seen = self.seen(process, scenario, name)
        for other, running in beside:
            also = self.seen(running, other, name)
            seen["answered"] += also["answered"]
            seen["seconds"] = max(seen["seconds"], also["seconds"])
        over.set()
        # What is done after the answer belongs to it: the ledger is written within a second.
        time.sleep(scenario.settling if name in self.options.builds else 0.2)
        spent = gateway.cpu - before
        units = count * scenario.tokens if scenario.streams else seen["answered"]
        figures = {"cpu": spent / units, "rate": seen["answered"] / seen["seconds"]}
        for kind in ("latency", "first", "gap"):
            for quantile in ("p50", "p99", "max"):
                if quantile in seen.get(kind, {}):
                    figures[f"{kind}_{quantile}"] = seen[kind][quantile]
        if scenario.watches_memory:
            watcher.join()
            figures["memory_kib"] = peak[0]
        return figures

    @staticmethod
    def seen(process, scenario, name):
        """What a load has seen, once it is over."""
        output, errors = process.communicate(timeout=gateways.PATIENCE)
        if process.returncode != 0:
            raise SystemExit(f"{scenario.name} by {name}: {errors}")
        seen = json.loads(output)
        if seen["failed"]:
            raise SystemExit(f"{scenario.name} by {name}: {seen['failed']} failed: {errors}")
        return seen

    def load(self, scenario, name, gateway, count):
        body, headers = self.files(scenario)
        mode = "streams" if scenario.streams else "whole"
        size = str(scenario.requests_for(name))
        command = [str(self.tools / "load"), mode, str(gateway.port), scenario.path, str(body), str(headers), str(count), size]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def files(self, scenario):
        body = pathlib.Path(self.directory) / f"{scenario.name}.json"
        if not body.exists():
            body.write_text(json.dumps(scenario.body, separators=(",", ":")))
        keys = gateways.KEYS if scenario.projects else gateways.KEYS[:1]
        headers = pathlib.Path(self.directory) / f"keys-{len(keys)}"
        if not headers.exists():  # A load beside this one may be reading it.
            headers.write_text("".join(f"Authorization: Bearer {key}\n" for key in keys))
        return body, headers


def run(options):
    options.builds = dict(build.split("=", 1) if "=" in build else ("shared-ollama", build) for build in options.service)
    present = [name for name in (*GATEWAYS, *options.builds) if options.with_ is None or name in options.with_ or name in options.builds]
    for name, needs in ("nginx", shutil.which("nginx")), ("haproxy", shutil.which("haproxy")), ("envoy", options.envoy), ("litellm", options.litellm):
        if name in present and not needs:
            print(f"warning: there is no {name} here: it is left out", file=sys.stderr)
            present.remove(name)
    scenarios = [s for s in SCENARIOS if options.only is None or s.name in options.only]
    results = {s.name: {name: [] for name in present if s.is_for(name) or name in options.builds} for s in scenarios}
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, directory)
        try:
            for scenario in scenarios:
                names = list(results[scenario.name])
                for name in names:  # Connections, caches, and whatever is made when it is first needed.
                    bench.ask(scenario.smaller(), name)
                for number in range(options.rounds):
                    turn = number % len(names)
                    for name in names[turn:] + names[:turn]:
                        results[scenario.name][name].append(bench.ask(scenario, name))
                report.tell(scenario, results[scenario.name])
            chapters = scale.measure(bench, present, options)
        finally:
            bench.stop()
            if options.keep:
                shutil.copytree(directory, options.keep, dirs_exist_ok=True)
    return scenarios, results, chapters


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", action="append", required=True, help="the program; NAME=FILE compares several builds of it")
    parser.add_argument("--tools", required=True)
    parser.add_argument("--envoy")
    parser.add_argument("--litellm")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="load the service for so long at last, and watch its memory")
    parser.add_argument("--with", dest="with_", type=lambda text: text.split(","))
    parser.add_argument("--report")
    parser.add_argument("--keep")
    options = parser.parse_args()
    scenarios, results, chapters = run(options)
    if options.report:
        report.write(pathlib.Path(options.report), scenarios, results, options.rounds, chapters)


main()
