"""The shipped words: few enough to pack, plain enough to read, and no phrase so general that it catches everything."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from directory.exchange.vocabulary import FILES, FOLDER, shipped_terms
from directory.indexes.analysis import stem, stems, words
from directory.models import Kind, Taxonomy

TERMS = shipped_terms()
NEEDS = [term for term in TERMS if term["taxonomy"] is Taxonomy.NEED and term["parent"]]

# Search packs each taxonomy of a listing into one 64-bit mask.
MOST = {
    Taxonomy.KIND: 9,
    Taxonomy.NEED: 60,
    Taxonomy.ACTIVITY: 64,
    Taxonomy.AUDIENCE: 40,
    Taxonomy.ACCESS: 30,
    Taxonomy.LANGUAGE: 30,
}

# Words that say nothing about what somebody needs. A phrase of one of these alone would answer every search.
GENERAL = {
    word
    for text in (
        "a activities activity advice again all am area around available be being best better bring call care centre check class",
        "club come community contact day days do door find free friendly full fun get getting give go going good",
        "great group groups have help here home hospital house housing i in information is it join last leaving less life like",
        "little live living local look looking lost make making man meet meeting member mind month more morning move",
        "my near need needs new no not now of old on one open or other others out part people person place places problem",
        "project put read room scheme send service services session sessions small social some someone something start stop",
        "support take talk team the thing things time to today together travel trip trouble try uk up us use useful visit walk",
        "want way week weekly welcome well wellbeing will with work worker working write year yes you young your",
    )
    for word in text.split()
}
MEANT = {"walking", "walks", "trips"}  # what an activity is called, though its stem is a general word

AMERICAN = re.compile(
    r"\b(color|colors|center|centers|counsel(ing|or)|neighbor|organiz|program\b|favorite|behavior|mom|pants|"
    r"check-?up|theater|gray|jewelry|math\b|aging|tire|license[ds]?|practicing|recogniz|socializ|diaper|stroller|apartment)",
    re.I,
)


def phrases_of(taxonomy):
    """(phrase, slug) pairs; a label is found as a phrase is."""
    chosen = [term for term in TERMS if term["taxonomy"] is taxonomy]
    return [(phrase, term["slug"]) for term in chosen for phrase in (*term["phrases"], term["label"])]


def spoken(phrase):
    """The phrase as search compares it: every word by its stem, stop words too."""
    return tuple(stem(word) for word in words(phrase))


def every_phrase():
    return [(term["taxonomy"], term["slug"], phrase) for term in TERMS for phrase in term["phrases"]]


def texts():
    return [(f"{term['taxonomy']}:{term['slug']}", term["description"]) for term in TERMS]


# The lists


def test_there_is_a_file_for_every_taxonomy_and_no_other():
    assert set(FILES) == set(Taxonomy)
    assert {path.name for path in FOLDER.glob("*.toml")} == set(FILES.values())


@pytest.mark.parametrize("taxonomy", list(Taxonomy))
def test_a_taxonomy_fits_its_mask(taxonomy):
    assert 5 < len([term for term in TERMS if term["taxonomy"] is taxonomy]) <= MOST[taxonomy] <= 64


def test_kinds_are_the_members_of_the_enum_in_its_order():
    kinds = [term for term in TERMS if term["taxonomy"] is Taxonomy.KIND]
    assert [term["slug"] for term in kinds] == [kind.value for kind in Kind]
    assert [term["label"].lower() for term in kinds] == [
        "group",
        "charity service",
        "library",
        "garden or green space",
        "museum or gallery",
        "advice",
        "event",
        "volunteering role",
        "other",
    ]
    assert all(re.fullmatch(r"[a-z]+", term["icon"]) for term in kinds)


def test_a_slug_is_short_plain_and_used_once():
    keys = [(term["taxonomy"], term["slug"]) for term in TERMS]
    assert len(keys) == len(set(keys))
    assert [slug for _, slug in keys if not re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) or len(slug) > 24] == []


def test_a_label_is_used_once_in_its_taxonomy_and_fits_a_chip():
    labels = Counter((term["taxonomy"], term["label"].lower()) for term in TERMS)
    assert [label for label, times in labels.items() if times > 1] == []
    assert [term["label"] for term in TERMS if not 2 <= len(term["label"]) <= 48 or not term["label"][0].isupper()] == []


def test_needs_stand_under_about_nine_headings_two_deep():
    headings = [term["slug"] for term in TERMS if term["taxonomy"] is Taxonomy.NEED and not term["parent"]]
    assert len(headings) == 9
    assert 45 <= len(NEEDS) <= 51
    assert {need["parent"] for need in NEEDS} == set(headings)
    assert [term["slug"] for term in TERMS if term["parent"] and term["taxonomy"] is not Taxonomy.NEED] == []


def test_a_parent_comes_before_its_children():
    positions = {term["slug"]: term["position"] for term in TERMS if term["taxonomy"] is Taxonomy.NEED}
    assert [need["slug"] for need in NEEDS if positions[need["parent"]] > need["position"]] == []


def test_the_words_that_link_workers_expect_are_all_there():
    needs = """loneliness bereavement caring money benefits housing food warmth work learning digital english anxiety confidence
        memory pain falls active weight smoking alcohol-drugs parenting domestic-abuse veterans refugees sight hearing
        autism-adhd learning-disability transport nature arts music faith volunteering"""
    access = """step-free accessible-toilet parking blue-badge-parking hearing-loop companion quiet-space assistance-dogs
        large-print bsl lift wide-doors welcomer seating changing-place low-noise"""
    assert set(needs.split()) <= {need["slug"] for need in NEEDS}
    assert set(access.split()) <= {term["slug"] for term in TERMS if term["taxonomy"] is Taxonomy.ACCESS}


def test_a_language_is_an_iso_code():
    languages = {term["slug"]: term["label"] for term in TERMS if term["taxonomy"] is Taxonomy.LANGUAGE}
    assert languages["cy"] == "Welsh"
    assert [code for code in languages if not re.fullmatch(r"[a-z]{2,3}", code)] == []


# The phrases


def test_every_need_knows_many_ways_of_saying_it():
    counts = {need["slug"]: len(need["phrases"]) for need in NEEDS}
    assert {slug: count for slug, count in counts.items() if not 15 <= count <= 250} == {}
    distinct = {need["slug"]: len({spoken(phrase) for phrase in need["phrases"]}) for need in NEEDS}
    assert {slug: count for slug, count in distinct.items() if count < 12} == {}


def test_everything_but_other_can_be_said_in_other_words():
    silent = [term["slug"] for term in TERMS if not term["phrases"] and (term["parent"] or term["taxonomy"] is not Taxonomy.NEED)]
    assert silent == ["other"]


def test_a_phrase_is_written_as_somebody_would_type_it():
    wrong = [
        phrase for *_, phrase in every_phrase() if not re.fullmatch(r"[a-z0-9à][a-z0-9à' -]*[a-z0-9]", phrase) or "  " in phrase
    ]
    assert wrong == []


def test_no_phrase_is_too_long_to_be_typed():
    assert [phrase for *_, phrase in every_phrase() if len(words(phrase)) > 7 or len(phrase) > 50] == []


def test_no_phrase_is_one_general_word():
    general = {stem(word) for word in GENERAL}
    alone = [phrase for *_, phrase in every_phrase() if len(words(phrase)) == 1 and phrase not in MEANT]
    assert [phrase for phrase in alone if phrase in GENERAL or spoken(phrase)[0] in general] == []


def test_every_phrase_holds_a_word_that_search_can_use():
    assert [phrase for *_, phrase in every_phrase() if not stems(phrase)] == []


@pytest.mark.parametrize("taxonomy", list(Taxonomy))
def test_no_phrase_belongs_to_two_terms_of_one_taxonomy(taxonomy):
    owners = {}
    for phrase, slug in phrases_of(taxonomy):
        owners.setdefault(spoken(phrase), set()).add(slug)
    assert {phrase: slugs for phrase, slugs in owners.items() if len(slugs) > 1} == {}


def test_no_phrase_is_there_twice():
    twice = Counter((taxonomy, slug, phrase) for taxonomy, slug, phrase in every_phrase())
    assert [key for key, times in twice.items() if times > 1] == []


@pytest.mark.parametrize(
    ("said", "need"),
    [
        ("nobody to talk to", "loneliness"),
        ("since he died", "bereavement"),
        ("can't pay the gas", "warmth"),
        ("behind with the rent", "housing"),
        ("keeps falling over", "falls"),
        ("new baby", "parenting"),
        ("get out of the house", "getting-out"),
        ("lost my confidence", "confidence"),
        ("pip form", "benefits"),
        ("blue badge", "transport"),
        ("carer's assessment", "caring"),
        ("women's refuge", "domestic-abuse"),
        ("suicidal", "crisis"),
        ("home from hospital", "home-help"),
    ],
)
def test_what_people_really_say_is_there(said, need):
    assert dict(phrases_of(Taxonomy.NEED))[said] == need


# How it reads


def syllables(word):
    """A rough count: groups of vowels, less a silent e; good to about one in ten words."""
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = len(groups) > 1 and re.search(r"[^aeiouyl]e$|[^aeiouydt]ed$|[^aeiouysxzcg]es$", word.lower()) is not None
    return max(1, len(groups) - silent)


def sentences(text):
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]


def grade(text):
    """Flesch-Kincaid grade: United States school years, so that 5 is a reading age of about ten (Kincaid 1975)."""
    said = re.findall(r"[A-Za-z']+", text)
    return 0.39 * len(said) / len(sentences(text)) + 11.8 * sum(map(syllables, said)) / len(said) - 15.59


def test_the_measure_tells_plain_words_from_others():
    assert grade("The cat sat on the mat.") < 1
    assert grade("A cup of tea and a chat with people who live near you.") < 3
    assert grade("Multidisciplinary organisations facilitate personalised interventions for vulnerable beneficiaries.") > 20


def test_every_description_is_one_short_sentence():
    assert [key for key, text in texts() if len(sentences(text)) != 1 or not text.endswith(".")] == []
    assert [key for key, text in texts() if len(text.split()) > 25] == []


def test_descriptions_can_be_read_at_twelve_and_on_the_whole_at_ten():
    by_taxonomy = {}
    for key, text in texts():
        by_taxonomy.setdefault(key.partition(":")[0], []).append(text)
    means = {name: grade(" ".join(found)) for name, found in by_taxonomy.items()}
    assert {name: round(mean, 1) for name, mean in means.items() if mean > 5} == {}
    assert {key: round(grade(text), 1) for key, text in texts() if grade(text) > 8} == {}


def test_the_spelling_is_british():
    told = [term["label"] + " " + term["description"] + " " + " ".join(term["phrases"]) for term in TERMS]
    assert [AMERICAN.search(text).group() for text in told if AMERICAN.search(text)] == []


def test_nobody_is_called_a_case():
    banned = re.compile(
        r"\b(patients?|clients?|service users?|vulnerable|suffer(s|ers?|ing)?|hard to reach|beneficiar(y|ies))\b|!", re.I
    )
    told = [term["label"] + " " + term["description"] for term in TERMS]
    assert [text for text in told if banned.search(text)] == []
