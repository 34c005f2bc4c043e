"""What points to one person although it holds no name and no number: where they live, whose they are, what they have.

One such thing may be said of a group of people; it is the two together that point. Errs on the side of asking again.
"""

from __future__ import annotations

import re

HANDLE = re.compile(
    r"(?<![\w.@])@[a-z_][\w.]{2,}"
    r"|\b(?:facebook|fb|instagram|twitter|x|tiktok|linkedin|snapchat|youtube|threads|bsky|t|wa|m)\.(?:com|me|co|net|app|social)"
    r"/\S+|\b(?:insta(?:gram)?|snap(?:chat)?|facebook|fb|tiktok|twitter|messenger|whatsapp) ?(?::|=|name is|as|is) ?@?[\w.]{3,}",
    re.IGNORECASE,
)
AFTER_A_DOT = (
    "A|An|And|As|At|But|For|If|In|Is|It|Its|No|Nobody|None|Not|Nothing|On|One|Or|People|She|So|Some|That|The|Then|There|These"
    "|They|This|To|We|What|When|Where|You|He|Also|Two|Three|Many|Most|More"
)
INITIAL = re.compile(
    rf"\b(?:[A-Z]\. ?){{1,3}}(?!(?:{AFTER_A_DOT})\b)[A-Z][a-z’'-]{{2,}}"
    r"|(?:^|\b(?:for|with|ask|about|see|and|by|is|called) )[B-HJ-Z] (?!Hall\b|Group\b|Road\b)[A-Z][a-z’'-]{2,}"
)
FIGURE = "(?:nought|zero|oh|one|two|three|four|five|six|seven|eight|nine|double|treble|triple)"
IN_WORDS = re.compile(rf"\b(?:{FIGURE}[\s,.-]+){{7,}}{FIGURE}\b", re.IGNORECASE)
PIECE = re.compile(r"[^\W_]+")
COMPACT_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{2}")
LETTERS = 7  # of the longest postcode

KIN = (
    "wife|husband|mum|mam|mother|dad|father|son|daughter|brother|sister|nan|gran|grandma|grandad|grandmother|grandfather|aunt"
    "|auntie|uncle|niece|nephew|cousin|partner|fianc[eé]e?|widow|widower|neighbour|twin|stepson|stepdaughter"
)
KIN_OF = re.compile(rf"\b(?:my|our|his|her|their|whose|your) (?:\w+ )?(?:{KIN})\b", re.IGNORECASE)
ONE = re.compile(
    rf"\b(?:an?|the|this|that|old|young|elderly|my|our) (?:\w+ ){{0,2}}(?:woman|man|lady|gentleman|widow|widower|girl|boy|chap"
    rf"|bloke|{KIN})\b|\b(?:she|he|her|his|him)\b|^(?:woman|man|lady|gentleman|widow|widower|girl|boy)\b",
    re.IGNORECASE,
)
ILLNESS = (
    r"dementia|alzheimer\w*|parkinson\w*|multiple sclerosis|motor neurone?|huntington\w*|cancer|leukaemia|lymphoma|tumour"
    r"|stroke|diabet\w+|epilep\w+|autis\w+|asperger\w*|bipolar|schizophreni\w+|psychosis|hepatitis|cirrhosis|arthritis|asthma"
    r"|emphysema|kidney failure|heart (?:failure|attack|disease)|learning disabilit\w+|down'?s syndrome|cerebral palsy"
    r"|alcoholic|addict\w*|depress\w+|anxiety|anorexi\w+|self[- ]?harm\w*|miscarriage|terminal\w*|paralysed|amputee"
)
SHORT = r"\b(?:MS|ME|MND|HIV|AIDS|COPD|ADHD|PTSD|OCD|CFS|IBS)\b"
HAS = re.compile(rf"(?i:\b(?:{ILLNESS})\b)|{SHORT}")
SOMEBODY = rf"woman|man|lady|gentleman|girl|boy|lad|chap|bloke|fellow|guy|{KIN}"
# A condition before one of these is what a group is about, not what somebody has.
ABOUT = (
    r"(?![ -]?(?:\w+ )?(?:support|groups?|nurses?|clinics?|caf[eé]s?|services?|advice|friendly|awareness|class(?:es)?|training"
    r"|charit(?:y|ies)|unit|ward|care|help|teams?|sessions?|clubs?|choir|drop-in|research|screening|wards|centre))"
)
CONDITION = re.compile(rf"(?:(?i:\b(?:{ILLNESS}|suicidal|brain injury|breakdown|psychotic)\b)|{SHORT}){ABOUT}")
OF_ONE = re.compile(
    rf"(?:(?:^|[.!?;,:–-] *)(?!(?:is|was)\b)|\b(?:he|she|it is|and|but|so|the person|this person|that person|who|{SOMEBODY}"
    r"|patient|client|neighbour|friend|resident|tenant)['’]?s? )(?:also |now |already |just |recently )?"
    r"(?:has|had|has got|got|has had|suffers (?:from|with)|lives with|is living with|(?:was |been |is )?diagnosed with|is|was)"
    r" (?:just |recently |now )?(?:(?:type [12]|stage \w+|\w+) ){0,2}$",
    re.IGNORECASE,
)
WITH_ONE = re.compile(
    rf"\b(?:(?:an?|the|this|that|one|old|young|elderly|my|our|his|her) (?:\w+ ){{0,2}}(?:{SOMEBODY})|he|she"
    r"|(?:the|this|that|my|our|one|your) (?:\w+ )?(?:person|patient|client|neighbour|friend|resident|tenant))\b"
    r"[^.!?\n]{0,40}\b(?:with|has|having) (?:\w+ ){0,2}$",
    re.IGNORECASE,
)
# Of people in general, or of whoever it may be.
OF_MANY = re.compile(
    r"\b(?:people|persons|those|anyone|anybody|everyone|everybody|someone|somebody|nobody|no one|carers|parents|families|groups?"
    r"|men|women|adults|children|residents|patients|clients|many|some|others|who have)\b[^.!?\n]{0,30}$",
    re.IGNORECASE,
)
AT_HOME = re.compile(
    rf"\b(?:{SOMEBODY}|couple|family|person|patient|client|friend|resident)(?:,? (?:who|that))?"
    r"(?: (?:is|lives|living|live|stays))? (?:at|in|from|of|near|by|next to|opposite) (?:the )?(?:old )?"
    r"(?:(?!(?:the|council|community|public|coffee|care|own|same|a|an)\b)[\w'’-]+ ){1,3}"
    r"(?:cottages?|house|farm(?:house)?|bungalow|lodge|barn|villa|manor|croft|caravan|vicarage|rectory|grange)\b",
    re.IGNORECASE,
)
DOOR = re.compile(
    r"\b(?:at|in|from|of) (?:number|no\.?|house|bungalow|cottage|caravan|plot) ?\d{1,4}[a-z]?\b(?! (?:bus|route|service|stop))",
    re.IGNORECASE,
)
LIVES = re.compile(
    r"\b(?:i|we|she|he|who|that|they)(?:'s| is| are)? (?:live|lives|living|lived) "
    r"(?:at (?!home\b|risk\b|a distance)|next (?:door )?to|next door|opposite|behind|above|beside|over the)",
    re.IGNORECASE,
)
EIGHTY = re.compile(
    r"\b(?:of|aged?|is|was|nearly|almost|turned|,) ?8\d\b(?! ?(?:%|people|miles|pounds|p\b|km|places))|\b8\d[ -]year", re.I
)
DIED = re.compile(
    rf"\b(?:{KIN})(?: has| have| had)? (?:died|passed away|was buried|killed)[^.]{{0,12}}"
    r"(?:on|last|yesterday|this|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
FAMILY = re.compile(
    r"\b(?!(?:of|are|with|have|has|for|and|or|two|new|their|young|many|some|all|any)\b)[a-z’'-]+ (?:twins|triplets)\b"
    r"(?! (?:club|group|trust|play|and|or))"
    r"|\b[a-z’'-]+ (?:sisters|brothers|family|children|boys|girls|kids) "
    r"(?:next (?:door )?to|next door|opposite|who live|that live)",
    re.IGNORECASE,
)


def close_words(text: str) -> list[str]:
    """What may point to one person, each as a noun for a sentence; empty when nothing was seen."""
    text = text.replace("’", "'")
    seen = []
    if HANDLE.search(text):
        seen.append("a name on a social network")
    if INITIAL.search(text):
        seen.append("an initial with a surname")
    if IN_WORDS.search(text):
        seen.append("a long number in words")
    if _has_spaced_postcode(text):
        seen.append("a full postcode")
    if LIVES.search(text) or AT_HOME.search(text) or (DOOR.search(text) and ONE.search(text)):
        seen.append("where somebody lives")
    if any(KIN_OF.search(part) and HAS.search(part) for part in re.split(r"[.!?\n]", text)):
        seen.append("what somebody of a family has")
    elif _tells_health_of_one(text):
        seen.append("the health of one person")
    if EIGHTY.search(text) and ONE.search(text) and (KIN_OF.search(text) or HAS.search(text) or DOOR.search(text)):
        seen.append("the age of somebody with more about them")
    if DIED.search(text):
        seen.append("when somebody died")
    if FAMILY.search(text):
        seen.append("a family")
    return seen


def _tells_health_of_one(text: str) -> bool:
    """Whether a condition is told of one person: "she has cancer", "a man with dementia"; not "people with dementia"."""
    for found in CONDITION.finditer(text):
        before = re.split(r"[.!?\n]", text[: found.start()])[-1]
        start = len(text[: found.start()]) - len(before)
        told = text[max(0, start - 1) : found.start()]
        if not OF_MANY.search(before) and (OF_ONE.search(told) or WITH_ONE.search(before)):
            return True
    return False


def _has_spaced_postcode(text: str) -> bool:
    """Whether letters and figures with spaces between them make a postcode: "N R 2 3 1 A A"."""
    pieces = [piece.upper() for piece in PIECE.findall(text)]
    for first in range(len(pieces)):
        whole = ""
        for last in range(first, min(first + LETTERS, len(pieces))):
            whole += pieces[last]
            if len(whole) > LETTERS:
                break
            alone = sum(len(piece) == 1 for piece in pieces[first : last + 1])
            if alone >= 3 and COMPACT_POSTCODE.fullmatch(whole):
                return True
    return False
