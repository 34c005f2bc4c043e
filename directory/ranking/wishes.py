"""Words of a sentence that carry no wish, words that deny, and ages: what a question is not about, and for whom it is."""

from __future__ import annotations

from collections.abc import Sequence

from directory.indexes.analysis import STOP_WORDS

# Who asks and for whom, and what everybody asks: "my mum would like something to do" wishes for nothing yet. Beside other
# words they hardly count; alone ("mum") they are what was asked for. Whatever may name a service by itself is not here.
WISHLESS = frozenset(
    """able actually advise aint allowed already always another anybody anyone anything anywhere area around ask asked asking
    aunt aunty auntie available away awful back bad badly beside best better bit boyfriend bring brother call called came
    cannot chance chap client come comes coming couple cousin dad daughter day days desperate desperately do doing either else
    especially even ever every everybody everyone everything example far father feel feeling feels felt fella fellow find
    finding first found friend gave gent gentleman get gets getting girlfriend give given gives go goes going gone good got
    gran grandad granddad grandfather grandma grandmother granny great guy half happen happened happens happy hard hardly
    hello help helped helpful helping helps hi hope hoping house husband idea ill kind know knows known lady last lately
    later least let like likes little local locally long look looking looks lot lots love loves lovely made make makes making
    man many may maybe mam mate maybe mean means met might mother much mum mummy mums must myself nan nana need needed
    needing needs neighbour neighbours never new next nice nobody none now number okay older one ones ours ourselves patient
    patients people perhaps person place places please possible possibly pt put quite rather really recommend refer referral
    referred relative right said saw say says see seem seems sees set shall since sister somebody somehow someone something
    sometime sometimes somewhere son soon sort start started stay still struggle struggles struggling suggest suggestions
    suitable sure surgery take taken takes taking tell thank thanks thing things think thinking though thought time times today
    told tonight tried try trying turn turned type uncle unfortunately unless upon us use used using usually want wanted
    wanting wants way ways week weeks well went wife wish wishes without woman wonder wondering wont worth year years yes
    yesterday yet young yourself""".split()  # noqa: SIM905 -- one paragraph reads better than a column
)
# "Cannot cope", "can't cope", "not coping" and "unable to cope" are one thing to say.
DENYING = frozenset(
    """no not never without cannot cant couldnt dont doesnt didnt wont wouldnt isnt arent wasnt werent hasnt havent hadnt aint
    unable lacks lacking""".split()  # noqa: SIM905 -- as above
)
NOT = "not"
SMALL = WISHLESS | STOP_WORDS | DENYING

# From so many years on, whom a listing has in mind.
AGES = ((0, "under-fives"), (5, "children"), (11, "teenagers"), (18, "young-adults"), (26, ""), (60, "older-people"))
OLDEST = 110
YEARS = frozenset({"year", "years", "yr", "yrs", "yo", "yrold"})
BEFORE_AN_AGE = frozenset({"aged", "age", "of", "is", "am", "turned", "hes", "shes", "im", "nearly", "almost", "just"})
WITH_AN_AGE = frozenset({"old", "olds", "boy", "girl", "lad", "lass", "man", "woman", "lady", "gentleman"})


def is_wishless(word: str) -> bool:
    """Whether a folded word, as typed, tells next to nothing beside others."""
    return word in SMALL


def said_to_mean(words: Sequence[str], stems: Sequence[str]) -> tuple[list[str], list[int]]:
    """The stems that tell, denials all alike, and where each stood: what is left of a phrase however it is put."""
    terms: list[str] = []
    places: list[int] = []
    for place, (word, stemmed) in enumerate(zip(words, stems, strict=True)):
        if word in DENYING:
            terms.append(NOT)
        elif word not in SMALL:
            terms.append(stemmed)
        else:
            continue
        places.append(place)
    return terms, places


def age_at(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """(years, how many words tell them) where an age stands at a place: "15 year old boy", "aged 84"; None where none does."""
    word = words[place]
    if not word[:1].isdigit():
        return None
    digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3 or int(digits) > OLDEST:
        return None
    after = place + 1
    has_unit = word[len(digits) :] in YEARS
    if not has_unit and word != digits:
        return None
    if not has_unit and after < len(words) and words[after] in YEARS:
        has_unit, after = True, after + 1
    if not has_unit and not (place and words[place - 1] in BEFORE_AN_AGE and int(digits) >= 5):
        return None
    while has_unit and after < len(words) and words[after] in WITH_AN_AGE:
        after += 1
    return int(digits), after - place


def audience_of(age: int) -> str:
    """The slug of the audience of an age; empty between the young and the old, who are nobody's in particular."""
    return next(slug for years, slug in reversed(AGES) if age >= years)
