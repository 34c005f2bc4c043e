"""Commands that keep running: the background worker, and web server and worker together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from directory import jobs

PATIENCE_S = 60


@click.command("worker")
@with_appcontext
def worker() -> None:
    """The one background process: keeps the search index in step and does what is due."""
    jobs.run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("serve")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", default=5000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Web server and worker together; Ctrl-C stops both."""
    refuse_a_taken_port(host, port)
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    children = {"web server": web_server(host, port), "worker": flask("worker")}

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for asked in (signal.SIGTERM, signal.SIGINT):  # SIGINT too: a shell that puts us in the background ignores it for us
        signal.signal(asked, stop)
    try:
        wait_until_it_answers(address, children)
        click.echo(f"\n  Fingerpost is at {address}   (Ctrl-C stops it)\n")
        while True:
            complain_about_the_dead(children)
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nStopping.")
    finally:
        end(children)


def web_server(host: str, port: int) -> subprocess.Popen[bytes]:
    """gunicorn with two processes; waitress where there is no fork."""
    if sys.platform == "win32":
        return child("-m", "waitress", f"--listen={host}:{port}", "wsgi:app")
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = ["--workers=2", "--threads=4", "--graceful-timeout=5", "--log-level=warning", f"--bind={bind}"]
    return child("-m", "gunicorn", *options, "wsgi:app", DIRECTORY_TRUSTED_HOSTS=trusted(host))


def flask(*arguments: str) -> subprocess.Popen[bytes]:
    return child("-m", "flask", "--app", "wsgi", *arguments)


def child(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that Ctrl-C reaches us alone and we end the children in order."""
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and fixed module names
        [sys.executable, *arguments], env={**os.environ, **environment}, start_new_session=True
    )


def trusted(host: str) -> str:
    """Who asks for `host` by name must be let in as well, unless the operator has said whom to trust."""
    given = os.environ.get("DIRECTORY_TRUSTED_HOSTS")
    return given or json.dumps(["127.0.0.1", "localhost", "[::1]", host])


def refuse_a_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} is taken or not allowed ({error.strerror}). Choose another: PORT={port + 1} make run"
            ) from error


def wait_until_it_answers(address: str, children: dict[str, subprocess.Popen[bytes]]) -> None:
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE_S:
        complain_about_the_dead(children)
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 -- our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"The web server did not answer at {address} within {PATIENCE_S} seconds.")


def complain_about_the_dead(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in children.items():
        if process.poll() is not None:
            raise click.ClickException(f"The {name} ended by itself (exit code {process.returncode}); see above for why.")


def end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in children.values():
        if process.poll() is None:
            process.terminate()
    for process in children.values():
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
