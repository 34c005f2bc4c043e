"""What works and is never published all the same: numbers that cost extra to ring, and links that hide where they lead.

Both are how money is got out of people who trust a listing. Pure rules about texts.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

import phonenumbers

UNITED_KINGDOM = 44
# Of the United Kingdom, without the 0: 09, 0871 to 0873, and enquiries at 118 and three figures. 084 and 0870 are not among
# them: many surgeries and councils had such numbers, and they cost little more than a local call.
DEAR = re.compile(r"9\d+|87[123]\d+|118\d{3}")
SHORTENERS = frozenset(
    {
        "adf.ly", "bc.vc", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dlvr.it", "dub.sh",
        "goo.gl", "is.gd", "j.mp", "lnkd.in", "ow.ly", "qr.ae", "qrco.de", "rb.gy", "rebrand.ly", "s.id", "short.gy",
        "short.io", "shorturl.at", "snip.ly", "snipurl.com", "soo.gd", "su.pr", "t.co", "t.ly", "t2m.io", "tiny.cc",
        "tiny.one", "tinyurl.com", "tr.im", "trib.al", "u.to", "urlz.fr", "v.gd", "x.co",
    }
)  # fmt: skip
DOTS = str.maketrans("。．｡", "...")  # a browser reads these as dots


def costs_extra(text: str) -> bool:
    """Whether a telephone number is one of premium rate, of whatever country; of what is no number, no."""
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return False
    if number.country_code == UNITED_KINGDOM:
        return DEAR.fullmatch(str(number.national_number)) is not None
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE)


def hides_its_end(address: str) -> bool:
    """Whether a web address is a short link, read as a browser would read it; of what is no address, no."""
    try:
        host = urlsplit(address.strip().replace("\\", "/")).hostname or ""
    except ValueError:
        return False
    host = unicodedata.normalize("NFKC", unquote(host)).translate(DOTS).casefold().rstrip(".")
    return host in SHORTENERS or host.endswith(tuple(f".{short}" for short in SHORTENERS))
