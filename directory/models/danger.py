"""Words that may tell of somebody in danger now. They err on the side of giving the numbers that help."""

from __future__ import annotations

import re

IN_DANGER = "crisis"  # the slug of the need
SOMEBODY = "(?:my|him|her|them|your|our|one)sel(?:f|ves)"
LIFE = r"(?:my|his|her|their|your) (?:own )?li(?:fe|ves)"
PHRASES = re.compile(
    rf"\b(?:suicid\w*|overdos\w*|self[- ]?harm\w*|kill(?:s|ing|ed)? {SOMEBODY}|(?:hurt|cut|harm)(?:s|ting|ing|ed)? {SOMEBODY}"
    rf"|(?:tak|end)(?:e|es|s|ing|ed)? {LIFE}|took {LIFE}|(?:want|wants|wanted|wish|wishes|going|ready|rather) (?:to )?die"
    rf"|wish(?:es)? (?:i|he|she|they|we) (?:was|were) dead|better off dead|better off without me|end(?:ing)? (?:it all|it)\b"
    rf"|(?:can not|cannot|cant|can't) (?:go on|carry on|cope any|take (?:it )?any|face another|do this any)"
    rf"|(?:do not|don't|dont|does not|doesn't|doesnt) want to (?:live|be here|be alive|wake up|go on)"
    rf"|(?:no (?:reason|point)(?: in)?|nothing|sick of|tired of|had enough of) (?:to live|living|life)|nothing to live for"
    rf"|not worth living|life is over|in (?:a )?crisis|(?:in|is in|am in|real|grave|immediate) danger"
    rf"|not safe at home|(?:un|not )safe to go home|afraid (?:for|of) (?:my|her|his|their) (?:life|safety|husband|wife|partner)"
    rf"|(?:hits|beats|hitting|beating|strangl\w*|chok\w*|rap(?:es|ed|ing)|threaten\w*|abus(?:es|ed|ing)|attack\w*)"
    rf" (?:me|her|him|us|them|my|the child\w*|the kids)|hit me|beat me"
    r"|being (?:abused|beaten|hit|hurt|threatened|attacked|raped))\b",
    re.IGNORECASE,
)


def speaks_of_danger(text: str) -> bool:
    """Whether these words may be those of somebody in danger, or about somebody who is."""
    return PHRASES.search(re.sub(r"\s+", " ", text.replace("’", "'"))) is not None
