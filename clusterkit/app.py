"""The labelling page of one result, served by Voila to this machine only."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

from clusterkit.decisions.log import DECISIONS_NAME
from clusterkit.errors import ClusterkitError, OutputError
from clusterkit.notebooks import find_notebook, set_parameters
from clusterkit.organize import read_summary
from clusterkit.result_files import ASSIGNMENTS_NAME
from clusterkit.results import rewrite_folders
from clusterkit.store import CACHE_FOLDER

HOST = "127.0.0.1"
USUAL_PORT = 8866

_NOTEBOOK = "label"
_TOKEN_BYTES = 18
_INTERRUPTED = 130
_PATIENCE_SECONDS = 20
"""How long the server may take to end its kernels."""


def prepare_page(output_dir: str | Path) -> Path:
    """Copy the labelling notebook into the cache of a result, set to it.

    Raises
    ------
    InputError
        The folder is missing, or no result of clusterkit.
    OutputError
        It cannot be written.
    """
    read_summary(output_dir)
    output = Path(output_dir).absolute()
    target = output / CACHE_FOLDER / f"{_NOTEBOOK}.ipynb"
    try:
        target.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {target.parent}: {error.strerror}") from None
    set_parameters(find_notebook(_NOTEBOOK), target, {"output_dir": str(output)})
    return target


class Server:
    """Voila on the labelling page. Only this machine reaches it, and only who knows the token.

    Parameters
    ----------
    output_dir : path
    port : int, optional
        A free one by default, the usual one if it is.
    open_browser : bool

    Attributes
    ----------
    url : str
        The page, the token in it.

    Raises
    ------
    ClusterkitError
        The folder is no result, or Voila is not installed.
    """

    def __init__(
        self, output_dir: str | Path, *, port: int | None = None, open_browser: bool = True
    ) -> None:
        self._output = Path(output_dir).absolute()
        notebook = prepare_page(output_dir)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        port = port or _find_free_port()
        self.url = f"http://{HOST}:{port}/?token={token}"
        command = [
            sys.executable, "-m", "voila", str(notebook), f"--port={port}", f"--Voila.ip={HOST}",
            "--Voila.auto_token=True", "--Voila.port_retries=0", "--Voila.log_level=WARN",
            *([] if open_browser else ["--no-browser"]),
        ]  # fmt: skip
        # In the environment: a command line can be read by everyone on the machine.
        environment = {**os.environ, "JUPYTER_TOKEN": token}
        try:
            self._process = subprocess.Popen(command, env=environment)
        except OSError as error:
            raise ClusterkitError(f"Voila could not be started: {error}") from None

    def wait(self) -> int:
        """Wait until the server ends, then write what was decided into the folders."""
        # A plain `kill` must not leave the server behind.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            status = self._process.wait()
        except KeyboardInterrupt:
            self.close()
            status = 0
        finish_folders(self._output)
        return 0 if status == _INTERRUPTED else status

    def close(self) -> None:
        """End the server, whatever it is busy with."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def finish_folders(output: Path) -> None:
    """Write the folders anew if something was decided since they were written."""
    log, listing = output / DECISIONS_NAME, output / ASSIGNMENTS_NAME
    if log.exists() and log.stat().st_mtime_ns > listing.stat().st_mtime_ns:
        rewrite_folders(output)


def _find_free_port() -> int:
    for wanted in (USUAL_PORT, 0):
        with socket.socket() as trial:
            try:
                trial.bind((HOST, wanted))
            except OSError:
                continue
            port: int = trial.getsockname()[1]
            return port
    raise ClusterkitError("no free port on this machine")
