"""What leaves this computer when a geocoder is set: a place name typed as a place, and nothing else."""

from __future__ import annotations

import pytest

from directory.places import geocoder


@pytest.fixture
def sent(real_places, monkeypatch):
    """Everything that an outside geocoder is asked."""
    asked: list[str] = []

    def find(text, is_good):
        asked.append(text)

    monkeypatch.setattr(geocoder, "find", find)
    return asked


@pytest.mark.parametrize(
    "q",
    [
        "trapped in an abusive marriage",
        "trapped in an abusive marriage near Holt",
        "Holt trapped in an abusive marriage",
        "scared at home in the evenings",
        "in debt",
        "help around NR25 6ZZ for my drinking",
        "pain in NR99 9ZZ",
    ],
)
@pytest.mark.parametrize("path", ["/search", "/api/search", "/listings/tea"])
def test_nothing_that_somebody_looks_for_is_sent(client, make, sent, q, path):
    make.listing("Tea")
    client.get(path, query_string={"q": q})
    client.get(path, query_string={"q": q, "place": "NR25 6BH"})
    assert sent == []


def test_the_place_box_may_be_sent_but_no_postcode(client, sent):
    assert client.get("/search?q=my+marriage&place=Nowhere+at+all").status_code == 404
    client.get("/search?place=Nowhere+NR99+9ZZ")
    client.get("/search?place=NR999ZZ")
    assert sent == ["Nowhere at all"]


def test_the_privacy_page_says_whom_we_ask(app, client, monkeypatch):
    sentence = "If no table knows a place name that you type in the place box, we ask"
    assert sentence not in client.get("/about/privacy").get_data(as_text=True)
    monkeypatch.setitem(app.config, "GEOCODER_URL", "photon+https://geocoder.example/api")
    assert f"{sentence} another computer (geocoder.example)." in client.get("/about/privacy").get_data(as_text=True)
