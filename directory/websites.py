"""Whether a website answers: one careful question, HEAD then GET, with a deadline for all of it, and never inside a network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

DEADLINE_S = 10.0  # for one website, name server, redirects and all
MOST_REDIRECTS = 5
MOST_BYTES = 4_096
AGENT = "Fingerpost community directory (looks whether links still work)"
PORTS = {"http": 80, "https": 443}
# What a server says to programs that it would not say to people, or when it has too much to do.
NOT_TELLING = {401, 403, 405, 406, 408, 425, 429, 451, 999}
FAULTY_HEAD = {400, 404, 405, 406, 500, 501, 503}
# So many failures in a row that may be ours, and it is our own line that is broken.
FAILURES_TO_STOP = 5
BETWEEN_QUESTIONS_S = 2.0  # to one host
MOST_OF_A_HOST = 3  # in one run

Resolve = Callable[[str, int], list[str]]


class Said(StrEnum):
    """What came of it."""

    ANSWERS = "answers"
    UNKNOWN = "unknown"  # it answers, and not to us
    BROKEN = "broken"
    UNREACHED = "unreached"  # broken there, or here


@dataclass(frozen=True)
class Reply:
    """`words` say in a few words what is wrong; empty when nothing is."""

    said: Said
    words: str = ""


class Refused(Exception):
    """An address that we do not go to; the words say why."""


def look(address: str, *, deadline_s: float = DEADLINE_S, resolve: Resolve | None = None) -> Reply:
    """Ask once, in no more than `deadline_s` seconds. `resolve` gives the addresses of a host; the system's when None."""
    call = Call(address, deadline_s, resolve or resolved)
    call.thread.start()
    call.thread.join(deadline_s)
    call.give_up()
    return call.reply or Reply(Said.UNREACHED, f"it does not answer within {deadline_s:.0f} seconds")


def look_at_all(
    addresses: list[str], *, ask: Callable[[str], Reply] = look, rest: Callable[[float], None] = time.sleep
) -> dict[str, Reply]:
    """Each address asked once, politely: with a pause for the same host, and no more than a few of one host.

    After some failures in a row that may be ours it stops, and tells nothing of those.
    """
    found: dict[str, Reply] = {}
    in_a_row: list[str] = []
    asked: dict[str, int] = {}
    for address in addresses:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
        if asked.get(host, 0) >= MOST_OF_A_HOST:
            continue
        if host in asked:
            rest(BETWEEN_QUESTIONS_S)
        asked[host] = asked.get(host, 0) + 1
        found[address] = ask(address)
        in_a_row = [*in_a_row, address] if found[address].said is Said.UNREACHED else []
        if len(in_a_row) >= FAILURES_TO_STOP:
            return {told: reply for told, reply in found.items() if told not in in_a_row}
    return found


def resolved(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def public(host: str, port: int, resolve: Resolve) -> str:
    """An address of this host. Raises Refused when any of them is inside a network, so that nobody steers us there."""
    found = resolve(host, port)
    if not found or not all(ipaddress.ip_address(each.partition("%")[0]).is_global for each in found):
        raise Refused("its name leads to no public address")
    return found[0]


class Call:
    """One question in a thread of its own: a name server or a dripping answer can outlast any timeout of a socket."""

    def __init__(self, address: str, deadline_s: float, resolve: Resolve) -> None:
        self.address, self.resolve = address, resolve
        self.ends_at = time.monotonic() + deadline_s
        self.reply: Reply | None = None
        self.sockets: list[socket.socket] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True, name="websites")

    def _run(self) -> None:
        try:
            self.reply = self._follow(self.address)
        except Refused as refused:
            self.reply = Reply(Said.BROKEN, str(refused))
        except ssl.SSLCertVerificationError:
            self.reply = Reply(Said.BROKEN, "its certificate is not valid")
        except socket.gaierror:
            self.reply = Reply(Said.UNREACHED, "its name is not known")
        except Exception:  # noqa: BLE001, RUF100 -- whatever an outside server does, it does not answer
            self.reply = Reply(Said.UNREACHED, "it does not answer")

    def give_up(self) -> None:
        """End whatever is still under way; the thread then ends by itself."""
        self.over.set()
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _follow(self, address: str) -> Reply:
        for _ in range(MOST_REDIRECTS + 1):
            status, onward = self._ask("HEAD", address)
            if status in FAULTY_HEAD:
                status, onward = self._ask("GET", address)
            if status in (301, 302, 303, 307, 308) and onward:
                address = urljoin(address, onward)
                continue
            if status in NOT_TELLING:
                return Reply(Said.UNKNOWN)
            return Reply(Said.ANSWERS) if status < 400 else Reply(Said.BROKEN, f"it says {status}")
        return Reply(Said.BROKEN, "it leads round in a circle")

    def _ask(self, method: str, address: str) -> tuple[int, str]:
        """The status, and where it leads on. Raises Refused for an address that is none of the open web."""
        parts = urlsplit(address)
        try:
            host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise Refused("its address cannot be read") from error
        if not host or parts.scheme not in PORTS or port not in PORTS.values() or parts.username is not None:
            raise Refused("its address is none of the open web")
        left = self.ends_at - time.monotonic()
        if left <= 0 or self.over.is_set():
            raise TimeoutError
        # By the address that was looked at: asked a second time, the name might lead elsewhere.
        raw = socket.create_connection((public(host, port, self.resolve), port), timeout=left)
        self.sockets.append(raw)
        connection = http.client.HTTPConnection(host, port, timeout=left)
        try:
            context = ssl.create_default_context() if parts.scheme == "https" else None
            connection.sock = context.wrap_socket(raw, server_hostname=host) if context else raw
            self.sockets.append(connection.sock)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, headers={"Host": parts.netloc, "User-Agent": AGENT, "Connection": "close"})
            response = connection.getresponse()
            if method == "GET":
                response.read(MOST_BYTES)
            return response.status, response.headers.get("Location") or ""
        finally:
            connection.close()
            raw.close()
