"""The outside geocoder against real sockets that hang, drip, break off and lie; the local table always answers."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from directory import places
from directory.errors import UnknownPlace
from directory.places import geocoder

HYTHE = {"display_name": "Upper Hythe, North Norfolk, England", "lat": "52.9060", "lon": "1.0880"}


class Server:
    """A socket that answers every connection in one way and remembers what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.over = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                self.asked.append(connection.recv(65536).decode())
                self.answer(connection, self.over)
            except OSError:
                return

    def close(self):
        self.over.set()
        self.socket.close()


@contextmanager
def serving(answer):
    server = Server(answer)
    try:
        yield server
    finally:
        server.close()


def reply(body, kind="application/json", status="200 OK"):
    held = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(connection, over):
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(held)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + held)

    return answer


def hang(connection, over):
    over.wait(20)


def drip(connection, over):
    for letter in ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + "[" * 500).encode():
        connection.sendall(bytes([letter]))
        if over.wait(0.1):
            return


def drip_headers(connection, over):
    for number in range(500):
        connection.sendall((f"X-{number}: y\r\n" if number else "HTTP/1.1 200 OK\r\n").encode())
        if over.wait(0.1):
            return


def reset(connection, over):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def half(connection, over):
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n[{"lat": "52')


def elsewhere(connection, over):
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")


FAULTS = {
    "hangs": hang,
    "drips": drip,
    "drips headers": drip_headers,
    "resets": reset,
    "breaks off": half,
    "sends html": reply(b"<html><h1>Sign in</h1></html>", "text/html"),
    "sends 10 MB": reply(b"[" + b" " * 10_000_000 + b"]"),
    "refuses": reply({"error": "busy"}, status="503 Service Unavailable"),
    "redirects": elsewhere,
    "sends a list of nothing known": reply([1, 2, 3]),
    "sends words for numbers": reply([{"display_name": "Hythe", "lat": "north", "lon": "west"}]),
    "sends latitude 900": reply([{"display_name": "Hythe", "lat": "900", "lon": "0"}]),
    "sends nan": reply([{"display_name": "Hythe", "lat": "nan", "lon": "nan"}]),
    "sends deep nesting": reply(b"[" * 100_000),
}
LIES = {
    "a point in the sea": reply([{"display_name": "Hythe", "lat": "57.0", "lon": "1.0"}]),
    "a point in Paris": reply([{"display_name": "Hythe", "lat": "48.85", "lon": "2.35"}]),
    "null island": reply([{"display_name": "Hythe", "lat": "0", "lon": "0"}]),
    "nothing": reply([]),
    "no label": reply([{"display_name": "", "lat": "52.906", "lon": "1.088"}]),
}


@pytest.fixture
def deadline(monkeypatch):
    """A shorter deadline, so that thirteen faults do not take a minute."""
    monkeypatch.setattr(geocoder, "DEADLINE_S", 0.4)
    made = geocoder.Geocoder
    monkeypatch.setattr(geocoder, "Geocoder", lambda address: made(address, deadline_s=0.4))


@pytest.fixture
def use(small_package):
    places.build()

    def configured(url):
        places.configure(file=small_package, geocoder_url=url)

    yield configured
    places.configure(file=small_package)


def unknown(text):
    with pytest.raises(UnknownPlace):
        places.locate(text)


def test_it_is_off_unless_it_is_set(use):
    use("")
    unknown("Upper Hythe")


def test_a_name_that_nothing_here_knows_is_asked_for_once(use):
    with serving(reply([HYTHE])) as server:
        use(server.url)
        place = places.locate("Upper Hythe")
        assert (place.label, place.precision, place.outcode) == ("Upper Hythe", "place", "NR25")
        assert place.note == "Found with the help of OpenStreetMap."
        assert places.locate("upper hythe") == place
        assert len(server.asked) == 1
        assert "countrycodes=gb" in server.asked[0]
        assert "Fingerpost" in server.asked[0]


def test_photon_is_asked_in_its_own_way(use):
    feature = {"geometry": {"coordinates": [1.088, 52.906]}, "properties": {"name": "Upper Hythe", "country": "United Kingdom"}}
    with serving(reply({"features": [feature]})) as server:
        use(f"photon+{server.url}/geo")
        assert places.locate("Upper Hythe").label == "Upper Hythe"
        assert server.asked[0].startswith("GET /geo/api?")


def test_a_later_answer_is_taken_when_the_first_is_abroad(use):
    with serving(reply([{"display_name": "Hythe, Kentucky", "lat": "37", "lon": "-85"}, HYTHE])) as server:
        use(server.url)
        assert places.locate("Upper Hythe").latitude == 52.906


@pytest.mark.parametrize(
    "text",
    [
        "OX7 5AA",
        "OX7 5ZZ",
        "0X7 5AA",
        "OX99 9ZZ",
        "BT1 1AA",
        "Flat 2, Nowhere Lane, BT1 1AA",
        "Nowhere OX7 5ZZ",
        "OX99",
        "Nowhere OX9",
    ],
)
def test_no_postcode_is_ever_sent_out(use, text):
    with serving(reply([HYTHE])) as server:
        use(server.url)
        try:
            places.locate(text)
        except UnknownPlace:
            assert server.asked == []
        assert server.asked == []


@pytest.mark.parametrize("fault", FAULTS)
def test_f9_whatever_it_does_the_answer_comes_in_time_and_the_circuit_opens(use, deadline, fault):
    with serving(FAULTS[fault]) as server:
        use(server.url)
        for number in range(3):
            before = time.monotonic()
            unknown(f"Upper Hythe {'abc'[number]}")
            assert time.monotonic() - before < 1.5
        asked = len(server.asked)
        assert asked == 3
        before = time.monotonic()
        for _ in range(20):
            unknown("Upper Hythe d")
        assert time.monotonic() - before < 1.0
        assert len(server.asked) == asked
        assert places.locate("OX7 5AA").precision == "postcode"


@pytest.mark.parametrize("lie", LIES)
def test_f9_a_lie_is_no_point(use, lie):
    with serving(LIES[lie]) as server:
        use(server.url)
        unknown("Upper Hythe")
        unknown("Upper Hythe")
        assert len(server.asked) == 1


def test_f9_nobody_home(use, deadline):
    with serving(hang) as server:
        url = server.url
    use(url)
    before = time.monotonic()
    for number in range(5):
        unknown(f"Upper Hythe {'abcde'[number]}")
    assert time.monotonic() - before < 3


def test_the_circuit_closes_again_after_a_minute(use, deadline, monkeypatch):
    with serving(reset) as server:
        use(server.url)
        for letter in "abc":
            unknown(f"Upper Hythe {letter}")
        server.answer = reply([HYTHE])
        unknown("Upper Hythe")
        monkeypatch.setattr(geocoder._geocoder, "open_until", time.monotonic())
        assert places.locate("Upper Hythe").label == "Upper Hythe"
        assert geocoder._geocoder.failures == 0


def test_a_slow_service_holds_no_more_than_two_at_once(use, deadline):
    with serving(hang) as server:
        use(server.url)
        threads = [threading.Thread(target=unknown, args=(f"Upper Hythe {letter}",)) for letter in "abcdefghij"]
        before = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - before < 1.5
        assert len(server.asked) <= 2


def test_a_dripping_answer_leaves_no_thread_behind(use, deadline):
    with serving(drip) as server:
        use(server.url)
        unknown("Upper Hythe")
        for _ in range(50):
            if not [thread for thread in threading.enumerate() if thread.name == "geocoder"]:
                break
            time.sleep(0.05)
        assert not [thread for thread in threading.enumerate() if thread.name == "geocoder"]


def test_what_is_known_here_is_never_asked_for(use, small_package):
    listed = small_package.parent / "names.tsv"
    listed.write_text("Holt\tNorth Norfolk\tt\t52.906\t1.0898\n", "utf-8")
    places.import_names(listed)
    with serving(hang) as server:
        use(server.url)
        assert places.locate("Holt").outcode == "NR25"
        assert places.locate("51.94, -1.5457").precision == "point"
        assert server.asked == []
