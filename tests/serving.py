"""A real JupyterLab and a real Voila for the tests, on this machine alone."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from conftest import REPOSITORY

START_SECONDS = 180
"""How long a server may take to answer: a machine that is busy takes most of a minute."""

ANYBODY = ["--allow-root", "--IdentityProvider.token="]
"""CI is root, and the server listens on this machine's loopback alone."""


@contextmanager
def serve_lab(result, home):
    """`clusterkit lab` on a result, with settings of its own; yields the address of a notebook.

    Under a prefix, as behind a JupyterHub or a proxy: all must go through that one address.
    """
    port = find_port()
    prefix = "/user/somebody/"
    command = [
        sys.executable, "-m", "clusterkit", "lab", str(result), "--no-browser",
        f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.base_url={prefix}", *ANYBODY,
    ]  # fmt: skip
    with run_server(command, home, f"http://127.0.0.1:{port}{prefix}api/status"):
        yield f"http://127.0.0.1:{port}{prefix}lab/tree"


@contextmanager
def serve_voila(notebook, home):
    """Voila on one notebook; yields its address."""
    port = find_port()
    command = [
        sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}",
        "--Voila.ip=127.0.0.1", "--VoilaConfiguration.http_keep_alive_timeout=600",
    ]  # fmt: skip
    with run_server(command, home, f"http://127.0.0.1:{port}/api/status"):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def run_server(command, home, address):
    """Run a server until it is no longer needed, then end it and its kernels."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ, "PYTHONPATH": str(REPOSITORY), "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"), "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"), "OMP_NUM_THREADS": "2",
    }  # fmt: skip
    with open(home / "server.log", "wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            wait_for_answer(server, address, home / "server.log")
            yield
        finally:
            end_group(server)


def wait_for_answer(server, address, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            urllib.request.urlopen(address, timeout=10)
        except urllib.error.HTTPError:
            return  # it answers, whatever it says
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError(log.read_text()[-2000:])


def end_group(server):
    """Ask a server to end, and whatever it has started; insist after a while."""
    for sign, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 20)):
        try:
            os.killpg(server.pid, sign)
            server.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def find_port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
