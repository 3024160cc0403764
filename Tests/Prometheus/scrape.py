"""Lets a real Prometheus scrape the service under load, and compares what it holds with what the callers counted.

Called by scripts/test-metrics:  scrape.py SERVICE STAND_IN PROMETHEUS SECONDS
"""

import collections
import contextlib
import http.client
import json
import pathlib
import random
import re
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "Tests" / "Stage"))
from stage import free_port, running, stage, submit

SERVICE, STAND_IN, PROMETHEUS, SECONDS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PATIENCE = 120
BATCH = 200
HELLO = [{"role": "user", "content": "Hello"}]
CONFIGURATION = """
global: { scrape_interval: 1s, evaluation_interval: 5s }
rule_files: ["%s"]
scrape_configs:
  - job_name: shared-ollama
    static_configs: [{ targets: ["%s"] }]
"""


class Callers:
    """Eight callers of four projects, who count what they get: answers, failures, and what they left."""

    def __init__(self, url, seed):
        self.host = urllib.parse.urlparse(url).netloc
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.tokens = collections.Counter()
        self.durations = []
        self.first = []
        self.is_over = threading.Event()
        self.chances = [random.Random(seed + number) for number in range(8)]

    def run(self, seconds, kinds=None):
        self.kinds = kinds or [self.whole, self.whole, self.whole, self.stream, self.stream, self.stream, self.openai, self.openai, self.missing, self.leave]
        self.is_over.clear()
        threads = [threading.Thread(target=self.ask, args=caller, daemon=True) for caller in enumerate(self.chances)]
        for thread in threads:
            thread.start()
        self.is_over.wait(seconds)
        self.is_over.set()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a caller has no answer"

    def ask(self, number, chance):
        while not self.is_over.is_set():
            kind = chance.choice(self.kinds)
            connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
            with contextlib.closing(connection):
                kind(connection, f"project-{number % 4}")

    def post(self, connection, path, body, project):
        start = time.monotonic()
        headers = {"Content-Type": "application/json", "X-Project-Name": project}
        connection.request("POST", path, json.dumps(body), headers)
        return start, connection.getresponse()

    def note(self, ending, project, start=None, first=None, tokens=0):
        with self.lock:
            self.counts["ending", ending] += 1
            self.counts["project", project] += 1
            self.tokens[project] += tokens
            if start is not None:
                self.durations.append(time.monotonic() - start)
            if first is not None:
                self.first.append(first)

    def whole(self, connection, project):
        start, answer = self.post(connection, "/api/chat", {"model": "smollm2", "messages": HELLO, "stream": False}, project)
        self.note("completed", project, start, tokens=json.load(answer)["eval_count"])

    def stream(self, connection, project):
        start, answer = self.post(connection, "/api/chat", {"model": "smollm2", "messages": HELLO}, project)
        line = answer.readline()
        first = time.monotonic() - start
        while line and not json.loads(line)["done"]:
            line = answer.readline()
        self.note("completed", project, start, first, json.loads(line)["eval_count"])

    def openai(self, connection, project):
        start, answer = self.post(connection, "/v1/chat/completions", {"model": "smollm2", "messages": HELLO}, project)
        self.note("completed", project, start, tokens=json.load(answer)["usage"]["completion_tokens"])

    def missing(self, connection, project):
        _, answer = self.post(connection, "/api/chat", {"model": "no-such-model", "messages": HELLO}, project)
        assert answer.status == 404, answer.status
        answer.read()
        self.note("failed", project)

    def leave(self, connection, project):
        """Goes after the first word of an answer that would take very long."""
        body = {"model": "smollm2", "messages": HELLO, "options": {"num_predict": 5000}}
        start, answer = self.post(connection, "/api/chat", body, project)
        answer.readline()
        connection.sock and connection.sock.close()
        answer.close()
        connection.close()
        self.note("left", project)


class Prometheus:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/api/v1"

    def get(self, path, **parameters):
        answer = json.load(urllib.request.urlopen(f"{self.base}/{path}?{urllib.parse.urlencode(parameters)}", timeout=30))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        return {tuple(sorted(sample["metric"].items())): float(sample["value"][1]) for sample in self.get("query", query=expression)["result"]}

    def number(self, expression):
        return sum(self.query(expression).values())


@contextlib.contextmanager
def prometheus(url):
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "prometheus.yml"
        file.write_text(CONFIGURATION % (ROOT / "deploy/prometheus/alerts.yml", urllib.parse.urlparse(url).netloc))
        command = [PROMETHEUS, f"--config.file={file}", f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}"]
        with running(command):
            server = Prometheus(port)
            until("a first scrape", lambda: server.number("up") == 1)
            yield server


def until(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.5)
    raise AssertionError(f"never seen: {what}")


def check_counters(server, callers):
    """The last samples are what was counted, to the one."""
    # Who leaves may go at the very end of an answer, which is complete then.
    wanted = {"failed": callers.counts["ending", "failed"]}
    wanted["completed or cancelled"] = callers.counts["ending", "completed"] + callers.counts["ending", "left"]
    wanted |= {name: callers.counts["project", name] for kind, name in callers.counts if kind == "project"}

    def seen():
        endings = {dict(labels)["ending"]: value for labels, value in server.query('sum by (ending) (shared_ollama_requests_total{dialect!="batch"})').items()}
        projects = {dict(labels)["project"]: value for labels, value in server.query("sum by (project) (shared_ollama_project_requests_total)").items()}
        answered = endings.get("completed", 0) + endings.get("cancelled", 0)
        batch = server.number("shared_ollama_batch_items_ended_total")
        return {"failed": endings.get("failed", 0), "completed or cancelled": answered - batch} | {
            name: count for name, count in projects.items() if name.startswith("project-")
        }

    try:
        until("counters that are what was counted", lambda: seen() == wanted)
    except AssertionError:
        raise AssertionError(f"counted by callers {wanted}, by Prometheus {seen()}") from None
    for project, tokens in callers.tokens.items():
        booked = server.number(f'shared_ollama_tokens_total{{project="{project}",type="output"}}')
        # What had passed before a caller left is booked as well.
        assert tokens <= booked, f"{project}: callers got {tokens} tokens, {booked} are booked"
    return wanted


def check_latencies(server, callers):
    """A quantile of a histogram is right within the bucket that it is in; buckets double."""
    rows = []
    for name, values in ("gen_ai_server_request_duration_seconds", callers.durations), ("gen_ai_server_time_to_first_token_seconds", callers.first):
        for share in (0.5, 0.9):
            told = server.number(f'histogram_quantile({share}, sum by (le) ({name}_bucket{{gen_ai_request_model=~"smollm2.*"}}))')
            values.sort()
            seen = values[int(share * (len(values) - 1))]
            rows.append(f"{name} {share}: {told:.3f} s by Prometheus, {seen:.3f} s by callers")
            # A bucket's bounds are up to 2.5 times each other, and callers see all a little later.
            assert seen / 2.6 <= told <= seen * 2.6 + 0.02, rows[-1]
    return rows


def check_expressions(server):
    """Whatever the dashboard asks for is there to be asked."""
    board = json.loads((ROOT / "deploy/grafana/shared-ollama.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    families = set(server.get("metadata"))
    empty = []
    for expression in asked:
        for name in re.findall(r"\b(?:shared_ollama|gen_ai|process)_\w+", expression):
            known = re.sub(r"_(bucket|sum|count)$", "", name)
            labels = name.startswith("gen_ai_request_model") or name.startswith("gen_ai_operation_name")
            assert labels or known in families or name in families, f"{name} is nowhere: {expression}"
        if not server.query(expression.replace("$instance", ".*").replace("$__rate_interval", "1m")):
            empty.append(expression)
    return len(asked), empty


def main():
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    settings = {"STAND_IN_TOKEN_PACE_MS": "5", "STAND_IN_TOKEN_COUNT": "30", "SHARED_OLLAMA_BATCHES_MIN_SHARE": "0.2"}
    with stage(SERVICE, STAND_IN, slots=4, **settings) as url, prometheus(url) as server:
        callers = Callers(url, seed)
        # Of streams alone callers see all that the service measures; of other answers not when they begin.
        callers.run(SECONDS / 3, [callers.stream])
        check_counters(server, callers)
        print("\n".join(check_latencies(server, callers)))
        submit(url, BATCH)
        callers.run(SECONDS * 2 / 3)
        until("all items of the batch", lambda: server.number('shared_ollama_batch_items_ended_total{outcome="completed"}') == BATCH)
        print("counted:", check_counters(server, callers))
        count, empty = check_expressions(server)
        print(f"{count} expressions of the dashboard, without a value here: {empty}")
        health = server.get("rules")["groups"][0]["rules"]
        assert all(rule["health"] == "ok" for rule in health), health
        firing = [rule["name"] for rule in health if rule["state"] == "firing"]
        assert not firing, f"alerts while all is well: {firing}"
        scrapes = server.number(f"count_over_time(up[{SECONDS + PATIENCE}s])")
        failed = scrapes - server.number(f"sum_over_time(up[{SECONDS + PATIENCE}s])")
        print(f"{scrapes:.0f} scrapes, {failed:.0f} failed; a scrape takes {server.number('scrape_duration_seconds') * 1000:.0f} ms, {server.number('scrape_samples_scraped'):.0f} series")
        assert failed == 0


main()
