"""Commands that keep running: the background worker, and web server and worker together."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from directory import jobs

PATIENCE_S = 60
REST_S = 2  # before a worker is started again
WEB, WORKER = "web server", "worker"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@click.command("worker")
@with_appcontext
def worker() -> None:
    """The one background process: keeps the search index in step and does what is due."""
    jobs.run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("serve")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", default=5000, show_default=True, type=click.IntRange(1, 65535))
@with_appcontext
def serve(host: str, port: int) -> None:
    """Web server and worker together; Ctrl-C stops both."""
    refuse_what_cannot_be_served(host, port)
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 -- compared, not bound
    os.environ["PORT"] = str(port)  # the worker writes letters whose links lead here
    children = {WEB: web_server(host, port), WORKER: flask("worker")}

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # SIGINT too: a shell that puts us in the background ignores it for us. SIGHUP is a terminal that was closed.
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    try:
        wait_until_it_answers(address, children)
        Path(current_app.config["SERVED_FILE"]).write_text(address)  # for commands that print a link
        click.echo(f"\n  Fingerpost is at {address}   (Ctrl-C stops it)")
        keeps_letters = current_app.config["MAIL_BACKEND"] == "file" and not current_app.config["PUBLIC_URL"]
        click.echo(f"  Letters it would send are at {address}/dev/mail\n" if keeps_letters else "")
        while True:
            complain_about_a_dead_server(children)
            if children[WORKER].poll() is not None:
                click.echo(f"The worker ended by itself (exit code {children[WORKER].returncode}); starting it again.", err=True)
                time.sleep(REST_S)
                children[WORKER] = flask("worker")
            time.sleep(0.5)
    except KeyboardInterrupt:
        # A terminal that was closed cannot be written to any more.
        with contextlib.suppress(OSError):
            click.echo("\nStopping.")
    finally:
        end(children)
        Path(current_app.config["SERVED_FILE"]).unlink(missing_ok=True)


def web_server(host: str, port: int) -> subprocess.Popen[bytes]:
    """gunicorn with two processes; waitress where there is no fork."""
    if sys.platform == "win32":
        return child("-m", "waitress", f"--listen={host}:{port}", "wsgi:app")
    options = [
        # Far more threads than can work at once: each holds a connection whose request has begun and does not come.
        *("--workers=2", "--threads=32", "--graceful-timeout=5", f"--bind={host}:{port}"),
        "--log-level=error",  # its warnings quote malformed requests in full, postcodes and all
        "--limit-request-line=8190",  # the most it takes: what is too long for a box is then answered by a page of ours
        "--forwarded-allow-ips=",  # only PROXY_COUNT says which proxies to believe
    ]
    return child("-m", "gunicorn", *options, "wsgi:app", DIRECTORY_TRUSTED_HOSTS=json.dumps(trusted(host)))


def flask(*arguments: str) -> subprocess.Popen[bytes]:
    return child("-m", "flask", "--app", "wsgi", *arguments)


def child(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that Ctrl-C reaches us alone and we end the children in order."""
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and fixed module names
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        start_new_session=True,
        preexec_fn=die_with_us if sys.platform == "linux" else None,
    )


def die_with_us() -> None:
    """In the child: a parent that is killed takes it along, or it would hold the port for ever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def trusted(host: str) -> list[str]:
    """The names by which the site may be asked for; whoever binds it to a name may ask by that name as well."""
    names = list(current_app.config["TRUSTED_HOSTS"])
    return names if "TRUSTED_HOSTS" in given_settings() or host in names else [*names, host]


def given_settings() -> set[str]:
    return {name.removeprefix("DIRECTORY_") for name in os.environ if name.startswith("DIRECTORY_")}


def refuse_what_cannot_be_served(host: str, port: int) -> None:
    if ":" in host:
        raise click.ClickException(
            f"{host} cannot be served, because TRUSTED_HOSTS cannot hold IPv6 addresses. Use HOST=127.0.0.1, or a proxy in front."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} is taken or not allowed ({error.strerror}). Choose another: PORT={port + 1} make run"
            ) from error


def wait_until_it_answers(address: str, children: dict[str, subprocess.Popen[bytes]]) -> None:
    # By a name that is trusted, which the address that we listen on need not be.
    name = current_app.config["TRUSTED_HOSTS"][0].removeprefix(".")
    asked = urllib.request.Request(f"{address}/healthz", headers={"Host": name})  # noqa: S310 -- our own address
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE_S:
        complain_about_a_dead_server(children)
        try:
            with urllib.request.urlopen(asked, timeout=2) as answer:  # noqa: S310 -- our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"The web server did not answer at {address} within {PATIENCE_S} seconds.")


def complain_about_a_dead_server(children: dict[str, subprocess.Popen[bytes]]) -> None:
    ended = children[WEB].poll()
    if ended is not None:
        raise click.ClickException(f"The web server ended by itself (exit code {ended}); see above for why.")


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
