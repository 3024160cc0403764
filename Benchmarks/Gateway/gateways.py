"""What is compared: each a process of its own before the same engine, with what its makers recommend for proxying streams."""

import contextlib
import hashlib
import os
import pathlib
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE = 180
PROJECTS = 100
KEYS = [f"so_bench_{number:03d}" for number in range(PROJECTS)]


def free_port():
    """A port that is free, below those that the system gives to connections by chance."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Gateway:
    """A running process that answers at a port."""

    def __init__(self, name, port, command, probe, directory, environment=None, key=KEYS[0]):
        self.name, self.port = name, port
        self.log = open(pathlib.Path(directory) / f"{name}.log", "wb")
        environment = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + PATIENCE
        while True:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{probe}", headers={"Authorization": f"Bearer {key}"})
            with contextlib.suppress(OSError, urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=5).read()
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} does not start; its words are in {self.log.name}:\n{pathlib.Path(self.log.name).read_text()[-2000:]}")
            time.sleep(0.1)

    @property
    def family(self):
        """The process and those that it started."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    todo += [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        return found

    @property
    def cpu(self):
        """Processor time so far, in microseconds: the scheduler's own count, precise to a nanosecond."""
        total = 0
        for pid in self.family:
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    with contextlib.suppress(OSError):
                        total += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
        return total / 1000

    @property
    def memory(self):
        """What is resident, in KiB."""
        total = 0
        for pid in self.family:
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1])
        return total

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def engine(binary, directory, pace):
    port = free_port()
    return Gateway(f"engine-{pace}", port, [binary, str(port), str(pace)], "/api/version", directory)


def nginx(directory, upstream):
    port = free_port()
    file = pathlib.Path(directory) / f"nginx-{port}.conf"
    file.write_text(f"""
daemon off;
master_process off;
worker_processes 1;
pid {directory}/nginx-{port}.pid;
error_log {directory}/nginx-error.log;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_max_body_size 64m;
  client_body_buffer_size 16m;
  client_body_temp_path {directory}/nginx-body;
  proxy_temp_path {directory}/nginx-proxy;
  fastcgi_temp_path {directory}/nginx-fastcgi;
  uwsgi_temp_path {directory}/nginx-uwsgi;
  scgi_temp_path {directory}/nginx-scgi;
  keepalive_requests 100000000;
  upstream engine {{ server 127.0.0.1:{upstream}; keepalive 2048; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
""")
    return Gateway("nginx", port, ["nginx", "-c", str(file)], "/api/version", directory)


def haproxy(directory, upstream):
    port = free_port()
    file = pathlib.Path(directory) / f"haproxy-{port}.cfg"
    file.write_text(f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
  option http-no-delay
frontend callers
  bind 127.0.0.1:{port}
  default_backend engine
backend engine
  server engine 127.0.0.1:{upstream} maxconn 4096 pool-max-conn 2048
""")
    return Gateway("haproxy", port, ["haproxy", "-f", str(file)], "/api/version", directory)


def envoy(directory, upstream, binary):
    port = free_port()
    file = pathlib.Path(directory) / f"envoy-{port}.yaml"
    file.write_text(f"""
static_resources:
  listeners:
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: callers
          stream_idle_timeout: 300s
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{ match: {{ prefix: "/" }}, route: {{ cluster: engine, timeout: 0s }} }}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
  clusters:
  - name: engine
    type: STATIC
    connect_timeout: 5s
    circuit_breakers: {{ thresholds: [{{ max_connections: 8192, max_pending_requests: 8192, max_requests: 8192 }}] }}
    load_assignment:
      cluster_name: engine
      endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {upstream} }} }} }} }}] }}]
""")
    command = [binary, "-c", str(file), "--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id"]
    return Gateway("envoy", port, command, "/api/version", directory)


def litellm(directory, upstream, binary):
    port = free_port()
    file = pathlib.Path(directory) / f"litellm-{port}.yaml"
    file.write_text(f"""
model_list:
- model_name: bench
  litellm_params: {{ model: openai/bench, api_base: "http://127.0.0.1:{upstream}/v1", api_key: none }}
general_settings: {{ master_key: {KEYS[0]} }}
litellm_settings: {{ set_verbose: false }}
""")
    command = [binary, "--config", str(file), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PATH": f"{pathlib.Path(binary).parent}:{os.environ['PATH']}"}
    return Gateway("litellm", port, command, "/health/liveliness", directory, environment)


def shared_ollama(directory, upstream, binary, name="shared-ollama", parallel=1024, **settings):
    """With all on that a service has on: keys, limits, scheduler, metrics, usage ledger, log and request log."""
    port = free_port()
    data = pathlib.Path(directory) / f"{name}-{port}"
    data.mkdir()
    # A hundred projects, each with a key and limits of every kind, none of which is reached.
    projects = "\n".join(
        f"  - {{ name: project-{number}, key_sha256: {hashlib.sha256(key.encode()).hexdigest()}, concurrency: 2000,"
        " requests_per_minute: 100000000, tokens_per_minute: 10000000000, tokens_per_day: 1000000000000 }"
        for number, key in enumerate(KEYS)
    )
    file = data / "service.yaml"
    file.write_text(f"""
server: {{ max_connections: 16384 }}
projects:
{projects}
engines:
  - {{ name: local, url: "http://127.0.0.1:{upstream}", parallel: {parallel} }}
queues: {{ chat: {{ max_queue_size: 20000 }} }}
log: {{ file: "{data}/service.log" }}
""")
    command = [binary, "serve", "--config", str(file), "--data-dir", str(data), "--port", str(port)]
    return Gateway(name, port, command, "/readyz", directory, settings)
