"""The child process of Local: llama.cpp's own server on loopback, run as `python -m services.embedded.local.server`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import xllamacpp

from services.embedded.local.cores import usable_cores
from services.embedded.local.model import CONTEXT_TOKENS, SLOTS


def parameters(model: Path, alias: str, api_key: str) -> xllamacpp.CommonParams:
    p = xllamacpp.CommonParams()
    p.model.path = str(model)
    # Without an alias the wire id would be the file's path on this machine.
    p.model_alias = {alias}
    p.hostnames, p.port = ["127.0.0.1"], 0
    p.n_ctx, p.n_parallel = CONTEXT_TOKENS * SLOTS, SLOTS
    # A batch of the prompt is one uninterruptible step: at the default of 2048 another stream stalls for seconds.
    p.n_batch = p.n_ubatch = 256
    # One core stays free: llama.cpp's threads wait for each other, and a busy core slows all of them twentyfold.
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = max(1, usable_cores() - 1)
    p.api_keys = [api_key]
    # The server's default answers every web page's script with its credentials.
    p.cors_origins, p.cors_credentials = "http://127.0.0.1", False
    p.cache_ram_mib = 0
    p.ui, p.offline, p.verbosity = False, True, 1
    return p


def main() -> None:
    arguments = argparse.ArgumentParser(description="Serves one GGUF model until stdin ends. Key: CHILD_API_KEY.")
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--alias", required=True)
    given = arguments.parse_args()
    server = xllamacpp.Server(parameters(given.model, given.alias, os.environ["CHILD_API_KEY"]))
    sys.stdout.write(json.dumps({"base_url": f"{server.listening_address}/v1"}) + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    # A plain exit waits for the answers still being written.
    os._exit(0)


if __name__ == "__main__":
    main()
