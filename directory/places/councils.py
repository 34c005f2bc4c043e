"""Names of councils and counties by their codes, and codes by name; the list is data, because councils merge."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNITED_KINGDOM = "K02000001"
COUNTRIES = {"E": "E92000001", "W": "W92000004", "S": "S92000003", "N": "N92000002"}
COUNTRY_NAMES = {
    UNITED_KINGDOM: "United Kingdom",
    "E92000001": "England",
    "W92000004": "Wales",
    "S92000003": "Scotland",
    "N92000002": "Northern Ireland",
}
# "Bristol, City of" is turned for display; "Bournemouth, Christchurch and Poole" is a list and stays.
INVERTED = re.compile(r"(.+), ((?:City|County|Royal Borough) of)", re.IGNORECASE)
FILLING = {
    "council", "county", "district", "borough", "city", "metropolitan", "unitary", "authority", "royal", "london", "of", "the",
    "and", "cc", "dc", "bc", "mbc", "cbc", "cyngor",
}  # fmt: skip


@dataclass(frozen=True)
class Council:
    """One code: its name, the code in force now, and the county above it (the same code where there is none)."""

    code: str
    name: str
    active: str
    county: str


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it. Raises LookupError when it is not installed."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(name)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def councils() -> dict[str, Council]:
    """Every council and county known, by code: the list of 2021, then what has changed since."""
    found: dict[str, Council] = {}
    counties: dict[str, str] = {}
    records = json.loads((package_folder("qlacref_authorities") / "records.json").read_text("utf-8-sig"))
    for record in records:
        code, county = record["LTLA21CD"], record["UTLA21CD"]
        found[code] = Council(code, turned(record["LTLA21NM"]), code, county)
        counties[county] = turned(record["UTLA21NM"])
    for code, name in counties.items():
        found.setdefault(code, Council(code, name, code, code))
    with (Path(__file__).parent / "councils.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            before = found.get(row["code"])
            county = row["county"] or (before.county if before else row["code"])
            found[row["code"]] = Council(row["code"], row["name"], row["active"], county)
    return found


def turned(name: str) -> str:
    """ "Bristol, City of" as people say it: "City of Bristol"; other names as they are."""
    match = INVERTED.fullmatch(name)
    return f"{match[2]} {match[1]}" if match else name


def council_name(code: str) -> str:
    """The name for people of a council, county or country, of today or of before; empty when the code is not known."""
    council = councils().get(code)
    return council.name if council else COUNTRY_NAMES.get(code, "")


def active_code(code: str) -> str:
    """The code in force now of a council that was renumbered or merged; any other code as it is."""
    council = councils().get(code)
    return council.active if council else code


def county_code(code: str) -> str:
    """The county above a council, present or former ("E10…"); empty where the council stands alone."""
    council = councils().get(code)
    return council.county if council and council.county != code else ""


@cache
def counties_of_speech() -> dict[str, str]:
    """The county that people name for a council which is under none: Kent for Medway, Berkshire for Reading."""
    with (Path(__file__).parent / "counties.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {code: row["county"] for row in rows for code in row["codes"].split()}


def county_name(code: str) -> str:
    """The county people would say a council is in, with one above it or not; empty where they would name none."""
    return council_name(county_code(code)) or counties_of_speech().get(code, "")


def wide_county(name: str) -> str:
    """The county or shire of speech that `name` is, one without a council of its own: "Berkshire", "Yorkshire"."""
    wanted = plain(name)
    for county in [*sorted(set(counties_of_speech().values())), "Yorkshire", "Sussex", "The Midlands"]:
        if plain(county) == wanted and not named_codes().get(wanted):
            return county
    return ""


def is_only_filling(name: str) -> bool:
    """Whether a text has nothing in it but the words of office, like "City"."""
    return all(word in FILLING for word in re.findall(r"[a-z]+", name.lower()))


def council_code(name: str) -> str:
    """The code in force of the council, county or country called `name`, in any of its styles; empty when not known.

    "Norfolk County Council" and "norfolk" are the county; a council that merged gives the one that took it over.
    """
    keys = named_codes()
    for part in (name, *reversed(name.split(" - "))):
        if code := keys.get(plain(part)):
            return code
    return ""


@cache
def named_codes() -> dict[str, str]:
    """Code in force by plain name. A present council wins over a county of that name, and either over a former one."""
    codes = {plain(name): code for code, name in COUNTRY_NAMES.items()} | {"uk": UNITED_KINGDOM}
    order = sorted(councils().values(), key=lambda council: (council.active != council.code, council.code.startswith("E10")))
    for council in order:
        codes.setdefault(plain(council.name), council.active)
    for alias, code in (("edinburgh", "S12000036"), ("hull", "E06000010"), ("western isles", "S12000013")):
        codes.setdefault(alias, code)
    return codes


def plain(name: str) -> str:
    """A name without accents, marks and the words of office, for comparing."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = re.findall(r"[a-z0-9]+", letters.replace("&", " and "))
    kept = [word for word in words if word not in FILLING]
    return " ".join(kept or words)


def area_codes(outcode: str, council: str) -> tuple[str, ...]:
    """All codes that contain a place in this outward code and council, smallest first, the United Kingdom last."""
    codes = (outcode, council, county_code(council), COUNTRIES.get(council[:1], ""), UNITED_KINGDOM)
    return tuple(code for code in dict.fromkeys(codes) if code)
