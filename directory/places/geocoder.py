"""The outside geocoder, for place names that nothing here knows: off unless set, with a deadline, never sent a postcode."""

from __future__ import annotations

import http.client
import json
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderServiceError
from geopy.geocoders import Nominatim, Photon

DEADLINE_S = 2.0
MOST_BYTES = 1_000_000
FAILURES_TO_OPEN = 3
OPEN_S = 60.0
AT_ONCE = 2
MOST_KEPT = 500
AGENT = "Fingerpost community directory"
NOTE = "Found with the help of OpenStreetMap."


@dataclass(frozen=True)
class Found:
    """What the service said: a short label and WGS84 degrees."""

    label: str
    latitude: float
    longitude: float


@dataclass
class Geocoder:
    """One service behind a circuit breaker: after three failures in a row it is left alone for a minute.

    `address` is http(s)://… of a Nominatim, or photon+http(s)://… of a Photon. Answers are kept in memory, failures not.
    """

    address: str
    deadline_s: float = DEADLINE_S
    failures: int = 0
    open_until: float = -math.inf
    kept: OrderedDict[str, Found | None] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def find(self, text: str, is_good: Callable[[float, float], bool]) -> Found | None:
        """The first answer whose point `is_good`; None when there is none, or the service does not answer in time."""
        key = text.casefold()
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
            if time.monotonic() < self.open_until:
                return None
        # A slow service must not hold every thread of the site: whoever comes third does without.
        if not self.places.acquire(blocking=False):
            return None
        try:
            answers = self._ask(text)
        finally:
            self.places.release()
        with self.lock:
            if answers is None:
                self.failures += 1
                if self.failures >= FAILURES_TO_OPEN:
                    self.open_until = time.monotonic() + OPEN_S
                return None
            self.failures = 0
            found = next((answer for answer in answers if is_good(answer.latitude, answer.longitude)), None)
            self.kept[key] = found
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
            return found

    def _ask(self, text: str) -> list[Found] | None:
        """All answers, or None for a failure of any kind, in no more than the deadline."""
        call = Call(self.address, text, self.deadline_s)
        call.thread.start()
        call.thread.join(self.deadline_s)
        call.give_up()
        return call.answers


class Call:
    """One question in a thread of its own: a name server or a dripping answer can outlast any timeout of a socket."""

    def __init__(self, address: str, text: str, deadline_s: float) -> None:
        self.address, self.text, self.deadline_s = address, text, deadline_s
        self.answers: list[Found] | None = None
        self.connections: list[http.client.HTTPConnection] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True, name="geocoder")

    def _run(self) -> None:
        try:
            locations = self._service().geocode(self.text, exactly_one=False, **self._only_uk()) or []
            answers = [found for found in map(as_found, locations) if found]
        except Exception:  # noqa: BLE001, S110, RUF100 -- whatever an outside service does, the answer is "not known"
            return
        self.answers = answers

    def _service(self) -> Any:
        """A geopy geocoder that fetches through `Adapter`."""
        kind, _, rest = self.address.rpartition("+")
        parts = urlsplit(rest)
        common = {
            "domain": parts.netloc + parts.path.rstrip("/"),
            "scheme": parts.scheme,
            "timeout": self.deadline_s,
            "user_agent": AGENT,
            "adapter_factory": lambda **settings: Adapter(self, **settings),
        }
        return Photon(**common) if kind == "photon" else Nominatim(**common)

    def _only_uk(self) -> dict[str, Any]:
        return {"limit": 5} if self.address.startswith("photon+") else {"limit": 5, "country_codes": "gb"}

    def give_up(self) -> None:
        """End whatever is still under way; the thread then ends by itself."""
        self.over.set()
        for connection in self.connections:
            if connection.sock is not None:
                try:
                    connection.sock.shutdown(2)
                except OSError:
                    continue


class Adapter(BaseSyncAdapter):
    """Fetches for geopy: no redirects, no proxies, no more than a megabyte."""

    def __init__(self, call: Call, *, proxies: Any, ssl_context: Any) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self.call = call

    def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=timeout)
        self.call.connections.append(connection)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=dict(headers))
            if self.call.over.is_set():
                raise GeocoderServiceError("nobody waits for this any more")
            response = connection.getresponse()
            body = response.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise GeocoderServiceError("the answer is too long")
            text = body.decode("utf-8", "replace")
            if response.status != 200:
                raise AdapterHTTPError("refused", status_code=response.status, headers=dict(response.headers), text=text[:200])
            return text
        finally:
            connection.close()

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
        return json.loads(self.get_text(url, timeout=timeout, headers=headers))


def as_found(location: Any) -> Found | None:
    """A location of geopy as ours; None when it says nothing that can be used."""
    latitude, longitude = float(location.latitude), float(location.longitude)
    label = "".join(sign for sign in str(location.address).split(",")[0] if sign.isprintable()).strip()[:80]
    return Found(label, latitude, longitude) if label and math.isfinite(latitude) and math.isfinite(longitude) else None


_geocoder: Geocoder | None = None


def configure(address: str) -> None:
    """Use the service at `address`; none when it is empty."""
    global _geocoder
    if (_geocoder.address if _geocoder else "") != address:
        _geocoder = Geocoder(address) if address else None


def find(text: str, is_good: Callable[[float, float], bool]) -> Found | None:
    """What the configured service knows of a place name; None when there is no service, no answer or no good point."""
    return _geocoder.find(text, is_good) if _geocoder and text else None
