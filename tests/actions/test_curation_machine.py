"""Curation as a state machine: anybody may do anything in any order, and the history stays true, compared with a plain model.

A few dozen lives each time; SEQUENCES=2000 pytest tests/actions/test_curation_machine.py lives as many.
"""

import os
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from directory.actions import (
    accounts,
    claim_ends,
    claims,
    curation,
    duplicates,
    editors,
    feeds,
    freshness,
    listings,
    splits,
    suggestions,
)
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db
from directory.forms.listings import gate
from directory.models import (
    Account,
    AuditRow,
    Claim,
    ContactPoint,
    Editorship,
    Letter,
    Listing,
    Lock,
    OldAddress,
    Organisation,
    Outcome,
    Pair,
    PairState,
    Revision,
    Status,
    Suggestion,
    Voice,
    audit,
    records,
    redaction,
)
from directory.models.groups import GROUPS
from directory.models.merging import Side
from directory.queries import audit as chains
from directory.queries import claims as claim_queries
from directory.queries import curation as curation_queries
from tests import make as makers
from tests.conftest import empty_tables

SEQUENCES = int(os.environ.get("SEQUENCES", "0"))
USUAL = {"sqlite": 12, "postgres": 5}
STEPS = 16

FIRST, SECOND = ([{"kind": "phone", "value": value, "note": "", "public": True}] for value in ("01632 960111", "01632 960222"))
# What a change may be, in the words of a record: usual ones, contacts, and what makes a listing one for children.
CHANGES = (
    {"summary": "Soup."},
    {"summary": "Bread."},
    {"description": "Long words."},
    {"summary": "Soup.", "alert": "Closed on Friday."},
    {"cost": "free"},
    {"cost": "donation"},
    {"name": "The Table"},
    {"needs": ["loneliness"]},
    {"contacts": FIRST},
    {"contacts": SECOND},
    {"summary": "Bread.", "contacts": FIRST},
    {"minimum_age": 12},
    {"minimum_age": None},
)
CONTACT = {"contacts", "website", "venues", "coverage", "at_venue", "confidential_location"}
PEOPLE = {  # name → role
    "amina": "editor",  # of the first organisation, new
    "bilal": "editor",  # of the second, trusted
    "stella": "curator",  # edits for the first organisation as well
    "cai": "curator",
    "dora": "curator",
    "sana": "senior",
    "simon": "senior",
    "ida": "lead",
    "lena": "link-worker",
}
DECIDING = {"sana", "simon", "ida"}
CURATING = DECIDING | {"stella", "cai", "dora"}
SHOWN = {"published", "paused"}
RECORD = {"kind": "group", "status": "published", "contacts": FIRST, "at_venue": True, "needs": ["loneliness"], "cost": "free"}
RECORD |= {"venues": [{"key": "hall", "name": "Village Hall", "postal_code": "NR25 6BH", "latitude": 52.906, "longitude": 1.088}]}
WEEKLY = [{"venue": "hall", "rrule": f"FREQ=WEEKLY;BYDAY={day}", "opens": "10:00"} for day in ("MO", "WE")]
ORGANISATIONS = ("Garden Club", "Lunch Club")
DONE = "done"

names = st.sampled_from(sorted(PEOPLE))
curators = st.sampled_from(sorted(CURATING))
deciding = st.sampled_from([*sorted(DECIDING), "stella"])
numbers = st.integers(0, 40)
claimants, organisations = st.sampled_from(["dora", "cai", "lena", "bilal"]), st.sampled_from(ORGANISATIONS)
PARTS = ["summary", "description", "contacts", "needs", "cost", "sessions", "who"]
SIDES = st.dictionaries(st.sampled_from(PARTS), st.sampled_from(list(Side)), max_size=3)


def words(document):
    """What a version says, but for the checks, which make none."""
    return {name: value for name, value in document.items() if name != "checks"}


def undone(versions, theirs):
    """What is said without their versions, told another way: of each field what others last left, unless they wrote since."""
    (begun_by, begun), now = versions[0], versions[-1][1]
    told = {}
    for name in now:
        hands = [(begun[name], begun_by in theirs)]
        hands += [
            (newer[name], number in theirs) for (_, older), (number, newer) in pairwise(versions) if newer[name] != older[name]
        ]
        told[name] = hands
    if begun_by in theirs:
        others_wrote = any(not hands[-1][1] for hands in told.values())
        return now if others_wrote else {**now, "status": "hidden"}
    return {name: [value for value, is_theirs in hands if not is_theirs][-1] for name, hands in told.items()}


class Curation(RuleBasedStateMachine):
    """What editors, visitors, curators, leads, a feed and the clock do to a small catalogue, in any order."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        db.session.remove()
        empty_tables(but=("term",))
        self.now = makers.NOW
        self.ids, self.editors, self.suspended, self.reverted = {}, {}, set(), []
        self.held = {}  # (name, organisation) → since when they edit for it
        self.listings = []  # ids, in the order of their making
        self.versions = {}  # listing → [(words, author, made_at, counts for taking back)]
        self.organisation_of = {}
        self.forms = []  # opened: (listing, number, words)
        self.sent = []  # suggestions as the model knows them
        self.locks, self.merges, self.from_feed, self.claims = [], [], {}, []
        self.leaders, self.invited = {}, {}  # organisation → who leads its editors; (name, organisation) → until when
        self.sealed = {}  # what the audit keeps of versions that words were taken out of
        self.rows = {}  # revisions as they were written
        self.seals = {}

    # The house and its people

    @initialize()
    def begin(self):
        for name, role in PEOPLE.items():
            self.ids[name] = makers.account(name, role=role, signed_in_at=self.now if name == "bilal" else None).id
        for name in ORGANISATIONS * 2:
            record = RECORD | {
                "name": f"Table of the {name}",
                "organisation": {"name": name, "kind": "group"},
                "sessions": WEEKLY,
            }
            listing = listings.add(by_voice=Voice.STAFF, door="command", now=self.now, **gate(record))
            self.organisation_of[listing.id] = name
            self.takes_note_of(listing.id)
        numbered = dict(
            zip(ORGANISATIONS, (db.session.get(Listing, each).organisation_id for each in self.listings), strict=False)
        )
        self.organisation_ids = numbered
        for name, number in numbered.items():
            address = f"hello@{name.split()[0].lower()}.example"
            makers.saved(ContactPoint, organisation_id=number, kind="email", value=address)
        for name, organisation in (("amina", "Garden Club"), ("stella", "Garden Club"), ("bilal", "Lunch Club")):
            self.joins(name, organisation, since=self.now - timedelta(days=1 if name == "amina" else 90))
        self.old = []
        for _ in range(5):
            row = makers.saved(
                Suggestion,
                sort="change",
                record={},
                fields=[],
                state="approved",
                made_at=self.now - timedelta(days=50),
                account_id=self.ids["bilal"],
                voice="group",
                door="page",
            )
            self.old.append(row.id)

    def joins(self, name, organisation, since):
        makers.saved(Editorship, account_id=self.ids[name], organisation_id=self.organisation_ids[organisation], since=since)
        self.editors.setdefault(name, set()).add(organisation)
        self.held[name, organisation] = since

    def takes_note_of(self, listing_id, author=None):
        listing = db.session.get(Listing, listing_id)
        self.listings.append(listing_id)
        self.versions[listing_id] = [(words(records.document(listing)), author, self.now, True)]

    # What the model knows

    def who(self, name):
        return db.session.get(Account, self.ids[name])

    def listing(self, which):
        return db.session.get(Listing, self.listings[which % len(self.listings)])

    def says(self, listing_id):
        return self.versions[listing_id][-1][0]

    def number(self, listing_id):
        return len(self.versions[listing_id])

    def wrote(self, listing_id, said, author, *, counts=True):
        """The model of one more version; nothing when it says the same."""
        if said != self.says(listing_id):
            self.versions[listing_id].append((said, author, self.now, counts))
            return True
        return False

    def is_locked(self, listing_id, name):
        if name in DECIDING and name not in self.suspended:
            return False
        return any(
            (what == listing_id or what == self.organisation_of.get(listing_id) or what == "NR25") and self.now < until
            for what, until, _ in self.locks
        )

    def is_party(self, name, sent):
        about = self.organisation_of.get(sent["listing"]) if sent["listing"] else sent["about"]
        own = self.editors.get(name, set())
        return name == sent["author"] or about in own or bool(own & self.editors.get(sent["author"], set()))

    def is_part(self, listing_id):
        """Whether it is part of another listing now, which is changed instead."""
        return any(merged["other"] == listing_id for merged in self.merges)

    def goes(self, from_id, to_id):
        """What is open about one listing is about another from now on; what that was."""
        waiting = [each for each in self.sent if each["listing"] == from_id and each["state"] in ("waiting", "asked")]
        carried = [(each, each["cools"], each["before"]) for each in waiting]
        for each in waiting:
            each["listing"], each["before"] = to_id, self.says(to_id)
            if {"contacts", "website"} & each["fields"] and self.says(to_id)["contacts"]:
                each["cools"] = self.now + timedelta(hours=72)
        locks = [lock for lock in self.locks if lock[0] == from_id]
        self.locks = [(to_id, *lock[1:]) if lock in locks else lock for lock in self.locks]
        return carried, {lock[2] for lock in locks}

    def comes_back(self, merged):
        carried, locks = merged["carried"]
        for each, cools, before in carried:
            if each["state"] in ("waiting", "asked") and each["listing"] in self.holders(merged["kept"]):
                each |= {"listing": merged["other"], "cools": cools, "before": before}
        holders = self.holders(merged["kept"])
        self.locks = [(merged["other"], *lock[1:]) if lock[2] in locks and lock[0] in holders else lock for lock in self.locks]

    def holders(self, listing_id):
        """Where what went to a listing can be: there, or where the listing itself went in the end."""
        last = listing_id
        while onward := next((merged["kept"] for merged in self.merges if merged["other"] == last), None):
            last = onward
        return {listing_id, last}

    def may(self, name, among=CURATING):
        return name in among and name not in self.suspended

    @contextmanager
    def attempt(self, expected, *, own=1):
        """What is tried inside has to happen exactly when the model says so, and leaves its rows or none at all.

        `own` audit rows come on top of one for each new version of a listing; of a file there is one in all.
        """
        before = self.count()
        outcome = DONE
        try:
            yield
        except (NotAllowed, Refused, Conflict) as refused:
            outcome = refused
        db.session.rollback()
        after = self.count()
        assert (outcome == DONE) == expected, (outcome, expected)
        if outcome == DONE and own is not None:
            assert after[1] - before[1] == after[0] - before[0] + own, "one audit row a change"
        elif outcome == DONE:
            assert after[1] - before[1] == 1, "one audit row a file that changed anything"
        else:
            assert after == before, "what is refused leaves nothing behind"

    def count(self):
        return tuple(db.session.scalar(select(db.func.count()).select_from(each)) for each in (Revision, AuditRow))

    # Suggesting

    @rule(which=numbers)
    def open_a_form(self, which):
        listing = self.listing(which)
        self.forms.append((listing.id, listing.revision_number, self.says(listing.id)))

    @precondition(lambda self: self.forms)
    @rule(form=numbers, name=st.one_of(st.none(), names), change=st.sampled_from(CHANGES))
    def send(self, form, name, change):
        listing_id, number, said = self.forms[-1 - form % min(3, len(self.forms))]
        self.suggest(listing_id, number, {**said, **change}, name)

    @rule(which=numbers, name=st.one_of(st.none(), names), change=st.sampled_from(CHANGES))
    def edit(self, which, name, change):
        listing_id = self.listing(which).id
        self.suggest(listing_id, self.number(listing_id), {**self.says(listing_id), **change}, name)

    def suggest(self, listing_id, number, record, name):
        current = self.says(listing_id)
        record = {**record, "status": current["status"]}
        fields = {field for field in current if current[field] != record[field]}
        is_sensitive = any(each["minimum_age"] == 12 for each in (current, record))
        live, needed = self.verdict(name, self.organisation_of[listing_id], fields, is_sensitive)
        expected = name not in self.suspended and not self.is_locked(listing_id, name)
        expected = expected and number == self.number(listing_id) and bool(fields) and not self.is_part(listing_id)
        listing = db.session.get(Listing, listing_id)
        if self.sent_already(listing_id, record, name):
            with self.attempt(True, own=0):
                self.call_suggest(listing, record, number, name)
            return
        made = None
        with self.attempt(expected):
            made = self.call_suggest(listing, record, number, name)
        if expected:
            suggestion = db.session.get(Suggestion, made)
            cools = {"contacts", "website"} & fields and current["contacts"]
            self.sent.append(
                {
                    "id": made,
                    "listing": listing_id,
                    "author": name,
                    "about": None,
                    "record": record,
                    "fields": fields,
                    "needed": needed,
                    "opinions": {},
                    "agreed": set(),
                    "state": str(suggestion.state),
                    "cools": self.now + timedelta(hours=72) if cools else self.now,
                    "before": current,
                    "holder": (None, self.now),
                    "numbers": set(),
                    "made": self.now,
                    "is_new": False,
                }
            )
            assert (suggestion.state in ("live", "approved")) == live, "what the table says goes live, and nothing else"
            if live:
                self.wrote(listing_id, record, name)
                self.sent[-1]["numbers"].add(self.number(listing_id))

    def sent_already(self, listing_id, record, name):
        """Whether this person has sent the same words: they wait, or are live for less than ten minutes."""
        said = {field: value for field, value in record.items() if field not in ("checks", "status")}
        if name is None or name in self.suspended:
            return False
        for sent in self.sent:
            is_lately = self.now - sent["made"] <= timedelta(minutes=10)
            waits, is_live = sent["state"] in ("waiting", "asked"), sent["state"] in ("approved", "live")
            same = all(sent["record"].get(field) == value for field, value in said.items())
            if sent["author"] != name or not same or sent["is_new"] != (listing_id is None):
                continue
            if listing_id is None and is_lately and (waits or is_live):
                return True
            is_said = listing_id is not None and all(self.says(listing_id)[field] == value for field, value in said.items())
            if listing_id is not None and sent["listing"] == listing_id and (waits or (is_lately and is_live and is_said)):
                return True
        return False

    def call_suggest(self, listing, record, number, name):
        by = self.who(name) if name else None
        given = {"record": record, "base_number": number, "door": "page", "now": self.now, "who": f"visitor {len(self.sent)}"}
        return suggestions.suggest(listing, by=by, **given).id

    def verdict(self, name, organisation, fields, is_sensitive):
        """Whether it goes live at once, and how many have to agree else: the table of the design, said again."""
        is_usual = not is_sensitive and not CONTACT & fields
        if name in DECIDING:
            return is_usual, 1
        if name in CURATING:
            return is_usual, 2 if is_sensitive else 1
        # No run is as long as ninety days, so two changes taken back are too many for good.
        held = self.held.get((name, organisation), self.now)
        trusted = name == "bilal" and self.now - held >= timedelta(days=30) and self.reverted.count(name) < 2
        return is_usual and trusted, 1 if is_usual else 2

    @rule(name=st.one_of(st.none(), names), organisation=st.sampled_from(ORGANISATIONS), child=st.booleans())
    def propose_a_new_listing(self, name, organisation, child):
        record = RECORD | {
            "name": "New Table",
            "summary": "Lunch in company.",
            "organisation": {"name": organisation, "kind": "group"},
            "sessions": WEEKLY[:1],
        }
        record = gate(record | ({"minimum_age": 12} if child else {}))
        expected, made = name not in self.suspended, None
        if self.sent_already(None, record, name):
            with self.attempt(True, own=0):
                self.call_suggest(None, record, 0, name)
            return
        with self.attempt(expected):
            made = self.call_suggest(None, record, 0, name)
        if not expected:
            return
        suggestion = db.session.get(Suggestion, made)
        needed = 2 if child and name not in DECIDING else 1
        live = name in DECIDING and not child
        common = {
            "opinions": {},
            "agreed": set(),
            "before": None,
            "holder": (None, self.now),
            "numbers": set(),
            "cools": self.now,
            "made": self.now,
            "is_new": True,
        }
        self.sent.append(
            {"id": made, "listing": None, "author": name, "about": organisation, "record": record, "fields": set(record)}
            | {"needed": needed, "state": str(suggestion.state)}
            | common
        )
        assert (suggestion.state == "approved") == live
        if live:
            self.begun(self.sent[-1], organisation)

    def begun(self, sent, organisation):
        listing_id = db.session.get(Suggestion, sent["id"]).listing_id
        self.takes_note_of(listing_id, sent["author"])
        self.organisation_of[listing_id] = organisation
        sent["listing"] = listing_id
        sent["numbers"].add(1)
        assert self.says(listing_id)["status"] == "published"

    # Deciding

    def pick(self, which, states=("waiting", "asked")):
        """Mostly one that can be decided, now and then any."""
        fitting = [each for each in self.sent if each["state"] in states]
        among = fitting if fitting and which % 7 else self.sent
        return among[which % len(among)]

    def may_look(self, name, sent, states):
        holder, until = sent["holder"]
        is_free = holder in (None, name) or until <= self.now
        agreed = sent["state"] == "live" and name in sent["agreed"]
        return not agreed and self.may(name) and not self.is_party(name, sent) and sent["state"] in states and is_free

    @precondition(lambda self: self.sent)
    @rule(which=numbers, name=curators, part=st.booleans(), own=st.booleans(), stale=st.integers(0, 9), reached=st.booleans())
    def approve(self, which, name, part, own, stale, reached):
        sent = self.pick(which)
        listing_id = sent["listing"]
        suggestion = db.session.get(Suggestion, sent["id"])
        current = self.says(listing_id) if listing_id else {}
        wanted = {**current, **{field: sent["record"][field] for field in sent["fields"]}}
        record = None
        if part and listing_id:  # keeps the first field as it is
            field = sorted(sent["fields"])[0]
            record = {field: current[field]}
        elif own and "contacts" in sent["fields"] and listing_id:
            record = {"contacts": SECOND}
        wanted |= record or {}
        taken = {field for field in wanted if wanted[field] != current.get(field)} if listing_id else set(wanted)
        said = {field: wanted[field] for field in taken}
        number = self.number(listing_id) - (stale == 0) if listing_id else 0
        expected = self.may_look(name, sent, ("waiting", "asked")) and bool(taken)
        expected = expected and (listing_id is None or (stale > 0 and not self.is_locked(listing_id, name)))
        expected = expected and (sent["cools"] <= self.now or reached)
        needed = sent["needed"]
        changed_by_reviewer = {field for field in taken if wanted[field] != sent["record"][field]}
        is_sensitive = any(each.get("minimum_age") == 12 for each in (current, wanted))
        if (is_sensitive and sent["author"] not in DECIDING) or (
            changed_by_reviewer and (is_sensitive or CONTACT & changed_by_reviewer)
        ):
            needed = max(needed, 2)
        spoken = {**sent["opinions"], name: said}
        agreed = {who for who, theirs in spoken.items() if theirs == said and self.may(who) and not self.is_party(who, sent)}
        # What words were taken out of is never published again.
        expected = expected and (len(agreed) < needed or not redaction.is_marked(said))
        with self.attempt(expected):
            given = {"by": self.who(name), "number": number, "now": self.now, "reached": reached}
            suggestions.agree(suggestion, record=record, **given)
        if not expected:
            return
        sent["opinions"][name] = said
        sent["agreed"].add(name)
        sent["holder"] = (None, self.now)
        if len(agreed) < needed:
            assert suggestion.state in ("waiting", "asked"), "nobody publishes alone what two have to agree on"
            return
        assert suggestion.state == ("live" if sent["id"] % 20 == 0 else "approved"), "one in twenty is looked at again"
        assert sent["author"] not in agreed
        sent["state"] = str(suggestion.state)
        if listing_id is None:
            self.begun(sent, sent["about"])
        else:
            self.wrote(listing_id, wanted, sent["author"])
            sent["numbers"].add(self.number(listing_id))

    @precondition(lambda self: self.sent)
    @rule(which=numbers, name=curators)
    def ask(self, which, name):
        sent = self.pick(which)
        expected = self.may_look(name, sent, ("waiting", "asked"))
        with self.attempt(expected):
            suggestions.ask(db.session.get(Suggestion, sent["id"]), by=self.who(name), question="Since when?", now=self.now)
        if expected:
            sent["state"], sent["holder"] = "asked", (None, self.now)

    @precondition(lambda self: self.sent)
    @rule(which=numbers, name=names)
    def refuse(self, which, name):
        sent = self.pick(which)
        expected = self.may_look(name, sent, ("waiting", "asked"))
        with self.attempt(expected):
            suggestions.refuse(db.session.get(Suggestion, sent["id"]), by=self.who(name), reason="It is not so.", now=self.now)
        if expected:
            sent["state"], sent["holder"] = "refused", (None, self.now)

    @precondition(lambda self: self.sent)
    @rule(which=numbers, name=names)
    def withdraw(self, which, name):
        sent = self.pick(which)
        name = sent["author"] if sent["author"] and which % 3 else name
        expected = name == sent["author"] and sent["state"] in ("waiting", "asked") and name not in self.suspended
        with self.attempt(expected):
            suggestions.take_back(db.session.get(Suggestion, sent["id"]), by=self.who(name), now=self.now)
        if expected:
            sent["state"] = "withdrawn"

    @precondition(lambda self: self.sent)
    @rule(which=numbers, name=curators)
    def hold(self, which, name):
        sent = self.pick(which, ("waiting", "asked", "live"))
        expected = self.may_look(name, sent, ("waiting", "asked", "live"))
        with self.attempt(expected, own=0):
            suggestions.hold(db.session.get(Suggestion, sent["id"]), by=self.who(name), now=self.now)
        if expected:
            sent["holder"] = (name, self.now + timedelta(minutes=30))

    @precondition(lambda self: any(each["state"] == "live" for each in self.sent))
    @rule(which=numbers, name=curators, stays=st.booleans())
    def look_at_what_went_live(self, which, name, stays):
        sent = self.pick(which, ("live",))
        suggestion = db.session.get(Suggestion, sent["id"])
        expected = self.may_look(name, sent, ("live",))
        expected = expected and (stays or not (self.is_locked(sent["listing"], name) or self.is_part(sent["listing"])))
        own = 1
        said = self.taken_back(sent["listing"], sent["numbers"]) if sent["listing"] else None
        if expected and not stays and self.turns_and_changes(sent["listing"], said):
            own = 1
        with self.attempt(expected, own=own):
            if stays:
                suggestions.look_at(suggestion, by=self.who(name), now=self.now)
            else:
                suggestions.put_back(suggestion, by=self.who(name), reason="It is not so.", now=self.now)
        if expected:
            sent["state"], sent["holder"] = "approved" if stays else "refused", (None, self.now)
        if expected and not stays:
            before = sent["before"]
            is_newest = sent["numbers"] == {self.number(sent["listing"])}
            assert said == before or not is_newest or redaction.is_marked(before), (
                "taking back what was just done is as if it had not been"
            )
            if self.wrote(sent["listing"], said, name, counts=False):
                self.reverted.append(sent["author"])

    def taken_back(self, listing_id, theirs):
        return self.unmarked(
            listing_id, undone([(number, said) for number, (said, *_) in enumerate(self.versions[listing_id], 1)], theirs)
        )

    def turns_and_changes(self, listing_id, said):
        return said["status"] != self.says(listing_id)["status"]

    # Curators

    @rule(which=numbers, name=names, back=st.integers(1, 4))
    def bring_back(self, which, name, back):
        listing = self.listing(which)
        number = max(1, self.number(listing.id) - back)
        current, older = self.says(listing.id), self.versions[listing.id][number - 1][0]
        said = {**older, "status": current["status"]}
        differing = {field for field in said if said[field] != current[field]}
        is_sensitive = any(each["minimum_age"] == 12 for each in (current, said))
        expected = self.may(name) and self.organisation_of[listing.id] not in self.editors.get(name, set())
        expected = expected and not self.is_part(listing.id)
        expected = expected and not self.is_locked(listing.id, name) and bool(differing) and not redaction.is_marked(older)
        expected = expected and (name in DECIDING or not (CONTACT & differing or is_sensitive))
        with self.attempt(expected, own=0):
            curation.restore(listing, number, by=self.who(name), reason="Better before.", now=self.now)
        if expected:
            self.reverted.append(self.versions[listing.id][-1][1])
            self.wrote(listing.id, said, name, counts=False)

    @rule(whose=names, name=st.sampled_from(sorted(DECIDING)), hours=st.sampled_from([1, 24, 24 * 60]))
    def revert_everything(self, whose, name, hours):
        since = self.now - timedelta(hours=hours)
        expected = self.may(name) and name != whose
        with self.attempt(expected):
            curation.revert_all(self.who(whose), since=since, by=self.who(name), reason="Not true.", now=self.now)
        if not expected:
            return
        for listing_id, versions in self.versions.items():
            numbered = enumerate(versions, 1)
            theirs = {number for number, (_, by, at, counts) in numbered if by == whose and at >= since and counts}
            if theirs and self.wrote(listing_id, self.taken_back(listing_id, theirs), name, counts=False):
                self.reverted.append(whose)

    @rule(which=numbers, name=names, again=st.booleans())
    def hide_or_show(self, which, name, again):
        listing = self.listing(which)
        is_hidden = self.says(listing.id)["status"] == "hidden"
        expected = self.may(name, {"ida"} if again else CURATING) and (
            is_hidden == again or self.has_just_hidden(listing.id, name)
        )
        with self.attempt(expected, own=0):
            act = curation.publish_again if again else curation.hide
            act(listing, by=self.who(name), reason="Danger.", now=self.now)
        if expected:
            before = [said["status"] for said, *_ in self.versions[listing.id] if said["status"] not in ("hidden", "draft")]
            status = [*["published"], *before][-1] if again else "hidden"
            self.wrote(listing.id, {**self.says(listing.id), "status": status}, name)

    def has_just_hidden(self, listing_id, name):
        """Whether the last thing that became of it is that this person took it down, less than ten minutes ago."""
        (said, author, at, is_own), before = self.versions[listing_id][-1], self.versions[listing_id][:-1]
        was_shown = not before or before[-1][0]["status"] != "hidden"
        return is_own and author == name and said["status"] == "hidden" and was_shown and self.now - at <= timedelta(minutes=10)

    @rule(which=numbers, name=names, what=st.sampled_from(["listing", "organisation", "area"]), days=st.sampled_from([1, 31]))
    def lock(self, which, name, what, days):
        listing = self.listing(which)
        keeps = {
            "listing": {"listing": listing},
            "organisation": {"organisation_id": listing.organisation_id},
            "area": {"area_code": "NR25"},
        }[what]
        expected = self.may(name, DECIDING) and days < 31
        with self.attempt(expected):
            curation.lock(by=self.who(name), reason="A quarrel.", ends_at=self.now + timedelta(days=days), now=self.now, **keeps)
        if expected:
            kept = {"listing": listing.id, "organisation": self.organisation_of[listing.id], "area": "NR25"}[what]
            row = db.session.scalars(select(Lock).order_by(Lock.id.desc())).first()
            self.locks.append((kept, self.now + timedelta(days=days), row.id))

    @precondition(lambda self: self.locks)
    @rule(which=numbers, name=curators)
    def unlock(self, which, name):
        kept = self.locks[which % len(self.locks)]
        expected = self.may(name, DECIDING)
        with self.attempt(expected):
            curation.unlock(db.session.get(Lock, kept[2]), by=self.who(name), now=self.now)
        if expected:
            self.locks.remove(kept)

    # People

    @rule(whose=st.sampled_from(["amina", "bilal", "cai", "lena", "dora"]), name=names)
    def suspend_or_let_back(self, whose, name):
        expected = self.may(name, {"ida"}) and name != whose
        with self.attempt(expected):
            if whose in self.suspended:
                accounts.reinstate(self.who(whose), by=self.who(name), now=self.now)
            else:
                accounts.suspend(self.who(whose), by=self.who(name), reason="Spam.", now=self.now)
        if expected:
            self.suspended ^= {whose}

    @precondition(lambda self: len(self.claims) < 3)  # more at once are held up, which is told elsewhere
    @rule(name=claimants, organisation=organisations, means=st.sampled_from(["mail", "mail", "phone", "phone", "register"]))
    def claim(self, name, organisation, means):
        """Somebody says that an organisation is theirs: by its address, the number on its pages, or one in a register."""
        thing = db.session.get(Organisation, self.organisation_ids[organisation])
        way = next((way for way in claim_queries.ways(thing, now=self.now) if way.means == means), None)
        asked = [each for each in self.claims if (each["name"], each["organisation"]) == (name, organisation)]
        is_open = any(each["state"] in ("code-sent", "proved") and each["means"] != "proposed" for each in asked)
        expected = name not in self.suspended and organisation not in self.editors.get(name, set()) and not is_open
        made = None
        with self.attempt(expected):
            made = claims.claim(thing, way=way, number="1234567", by=self.who(name), now=self.now).id
        if expected:
            state = "code-sent" if way is not None else "proved"
            told = {"means": means if way is not None else "register", "by": None, "state": state}
            self.asks(made, name, organisation, **told)

    def asks(self, number, name, organisation, **told):
        ends = self.now + timedelta(days=14)
        self.claims.append({"id": number, "name": name, "organisation": organisation, "ends": ends, **told})

    @precondition(lambda self: len(self.claims) < 5)
    @rule(name=names, whose=claimants, organisation=organisations, evidence=st.sampled_from(["", "Their page.", "Their page."]))
    def let_somebody_edit(self, name, whose, organisation, evidence):
        """Whoever leads the editors invites at once; whom a curator names waits for a second person."""
        thing = db.session.get(Organisation, self.organisation_ids[organisation])
        leads = self.leaders.get(organisation) == name and name not in self.suspended
        proposals = [each for each in self.claims if each["means"] == "proposed" and each["state"] == "proved"]
        is_named = any((each["name"], each["organisation"]) == (whose, organisation) for each in proposals)
        speaks = organisation in self.editors.get(whose, set())
        expected = leads or (self.may(name) and bool(evidence) and not speaks and not is_named)
        with self.attempt(expected):
            editors.invite(self.who(whose).email, thing, by=self.who(name), evidence=evidence, now=self.now)
        if expected and leads:
            self.invited[whose, organisation] = self.now + timedelta(days=14)
        elif expected:
            made = db.session.scalars(select(Claim).order_by(Claim.id.desc())).first()
            self.asks(made.id, whose, organisation, means="proposed", by=name, state="proved")

    @precondition(lambda self: self.invited)
    @rule(which=numbers)
    def accept(self, which):
        """Nobody speaks for an organisation by being named: they open the link in their letter."""
        (name, organisation), until = list(self.invited.items())[which % len(self.invited)]
        letters = select(Letter).where(Letter.kind == "invite-editor", Letter.account_id == self.ids[name])
        secrets = [
            each.facts["secret"]
            for each in db.session.scalars(letters.order_by(Letter.id.desc()))
            if each.facts["organisation"] == organisation
        ]
        expected = bool(secrets) and until > self.now and name not in self.suspended
        speaks = organisation in self.editors.get(name, set())
        with self.attempt(expected, own=1 if speaks else 2):
            accounts.sign_in_by_link(secrets[0] if secrets else "", browser="B", now=self.now)
        if expected:
            del self.invited[name, organisation]
            self.joined(name, organisation)

    def joined(self, name, organisation):
        self.editors.setdefault(name, set()).add(organisation)
        self.held[name, organisation] = self.now
        self.leaders.setdefault(organisation, name)

    def may_help_claim(self, name, claimed):
        theirs = name in (claimed["name"], claimed["by"]) or claimed["organisation"] in self.editors.get(name, set())
        return self.may(name) and not theirs and claimed["ends"] > self.now

    def granted(self, claimed):
        claimed["state"] = "granted"
        if claimed["means"] == "proposed":
            self.invited[claimed["name"], claimed["organisation"]] = self.now + timedelta(days=14)
        else:
            self.joined(claimed["name"], claimed["organisation"])

    def others(self, claimed):
        """Who edits for it already, but for whoever claims."""
        return [
            each
            for each, own in self.editors.items()
            if claimed["organisation"] in own and each not in self.suspended and each != claimed["name"]
        ]

    def audited(self, claimed, *, proving=False):
        """Audit rows of a claim that is granted; whoever was invited meanwhile joins no second time."""
        speaks = claimed["means"] != "proposed" and claimed["organisation"] in self.editors.get(claimed["name"], set())
        return 2 + proving - speaks

    def proved(self, claimed):
        """It is theirs at once where nobody edits yet, else others decide."""
        if self.others(claimed):
            claimed["state"], claimed["ends"] = "proved", self.now + timedelta(days=14)
        else:
            self.granted(claimed)

    @precondition(lambda self: self.claims)
    @rule(which=numbers, name=curators)
    def hear_code(self, which, name):
        """Whoever answers there reads out the code."""
        claimed = self.claims[which % len(self.claims)]
        others = self.others(claimed)
        expected = self.may_help_claim(name, claimed) and claimed["state"] == "code-sent" and claimed["means"] == "phone"
        expected = expected and (bool(others) or claimed["name"] not in self.suspended)
        letters = select(Letter).where(Letter.kind == "claim-code", Letter.account_id == self.ids[claimed["name"]])
        latest = db.session.scalars(letters.order_by(Letter.id.desc())).first()
        code = latest.facts["secret"] if latest is not None else "0"
        with self.attempt(expected, own=1 if others else self.audited(claimed, proving=True)):
            claims.hear_code(db.session.get(Claim, claimed["id"]), code, by=self.who(name), now=self.now)
        if expected:
            self.proved(claimed)

    @precondition(lambda self: any(each["means"] == "mail" for each in self.claims))
    @rule(which=numbers, other=numbers, name=st.one_of(st.none(), claimants), denies=st.integers(0, 4))
    def press_the_mailed_link(self, which, other, name, denies):
        """By whoever claims, mostly; the link of another claim, a used one, and a suspended person's are worth nothing."""
        mailed = [each for each in self.claims if each["means"] == "mail"]
        claimed, pressed = mailed[which % len(mailed)], mailed[(other if other % 4 == 0 else which) % len(mailed)]
        name = name or claimed["name"]
        sent = db.session.scalars(select(Letter).where(Letter.kind == "claim-link").order_by(Letter.id)).all()
        secret = sent[mailed.index(pressed)].facts["secret"]
        works = claimed is pressed and claimed["state"] == "code-sent" and claimed["ends"] > self.now
        row = db.session.get(Claim, claimed["id"])
        if denies == 0:
            with self.attempt(works):
                claims.deny(row, secret, now=self.now)
            claimed["state"] = "refused" if works else claimed["state"]
            return
        expected = works and name == claimed["name"] and name not in self.suspended
        with self.attempt(expected, own=1 if self.others(claimed) else self.audited(claimed, proving=True)):
            claims.prove(row, secret, by=self.who(name), now=self.now)
        if expected:
            self.proved(claimed)

    @precondition(lambda self: any(each["state"] == "code-sent" for each in self.claims))
    @rule(which=numbers, name=curators, outcome=st.sampled_from([Outcome.NO_ANSWER, Outcome.BUSY, Outcome.WRONG_NUMBER]))
    def ring_in_vain(self, which, name, outcome):
        claimed = self.claims[which % len(self.claims)]
        expected = self.may_help_claim(name, claimed) and (claimed["means"], claimed["state"]) == ("phone", "code-sent")
        row = db.session.get(Claim, claimed["id"])
        before = len(row.attempts)
        again = any(
            (each.account_id, each.outcome) == (self.ids[name], outcome) and each.made_at > self.now - timedelta(minutes=2)
            for each in row.attempts
        )
        with self.attempt(expected, own=0 if again else 1):
            claims.try_later(row, outcome=outcome, by=self.who(name), now=self.now)
        assert len(row.attempts) == before + (expected and not again)

    @precondition(lambda self: self.claims)
    @rule(which=numbers, name=deciding, yes=st.booleans())
    def decide_claim(self, which, name, yes):
        claimed = self.claims[which % len(self.claims)]
        expected = self.may_help_claim(name, claimed) and self.may(name, DECIDING) and claimed["state"] == "proved"
        expected = expected and (not yes or claimed["name"] not in self.suspended)
        with self.attempt(expected, own=self.audited(claimed) if yes else 1):
            row, given = db.session.get(Claim, claimed["id"]), {"by": self.who(name), "now": self.now}
            if yes:
                claims.grant(row, leads=False, **given)
            else:
                claims.refuse(row, reason="Nobody knows them.", **given)
        if expected and yes:
            self.granted(claimed)
        elif expected:
            claimed["state"] = "refused"

    @precondition(lambda self: self.claims and self.leaders)
    @rule(which=numbers, name=st.one_of(st.none(), names))
    def let_in(self, which, name):
        """Whoever leads the editors lets in who says that it is theirs too."""
        claimed = self.claims[which % len(self.claims)]
        leader = self.leaders.get(claimed["organisation"])
        name = name or leader or "ida"
        expected = name == leader and name not in self.suspended and name != claimed["name"]
        expected = expected and claimed["state"] in ("code-sent", "proved") and claimed["ends"] > self.now
        expected = expected and claimed["name"] not in self.suspended
        with self.attempt(expected, own=self.audited(claimed)):
            claims.admit(db.session.get(Claim, claimed["id"]), by=self.who(name), now=self.now)
        if expected:
            self.granted(claimed)

    @rule()
    def claims_lapse(self):
        over = [each for each in self.claims if each["state"] in ("code-sent", "proved") and each["ends"] <= self.now]
        with self.attempt(True, own=len(over)):
            assert claim_ends.lapse(now=self.now) == len(over)
        for each in over:
            each["state"] = "refused"

    @rule(
        which=numbers, name=st.sampled_from(["ida", "ida", "sana", "stella"]), taken=st.sampled_from(["Soup.", "Bread.", "Soap."])
    )
    def redact(self, which, name, taken):
        """Words go from every version and suggestion of a listing, but for those it says today."""
        listing = self.listing(which)
        versions = self.versions[listing.id]
        about = [sent for sent in self.sent if db.session.get(Suggestion, sent["id"]).listing_id == listing.id]
        places = [said for said, *_ in versions] + [sent["record"] for sent in about]
        expected = self.may(name, {"ida"}) and taken not in self.says(listing.id).values()
        expected = expected and any(taken in each.values() for each in places)
        told = db.session.execute(select(Revision.number, Revision.document).where(Revision.listing_id == listing.id)).all()
        digests = {(listing.id, number): audit.digest(document) for number, document in told}
        with self.attempt(expected):
            curation.redact(listing, taken, by=self.who(name), reason="It names them.", now=self.now)
        if not expected:
            return
        stone = redaction.stone(self.now.date(), "It names them.")

        def without(record):
            return {field: stone if value == taken else value for field, value in (record or {}).items()}

        self.versions[listing.id] = [(without(said), *rest) for said, *rest in versions]
        for sent in about:
            sent |= {name: without(sent[name]) for name in ("record", "before")}
            sent["opinions"] = {who: without(theirs) for who, theirs in sent["opinions"].items()}
        kept = self.rows.items()
        self.rows = {key: (of, number, without(said) if of == listing.id else said) for key, (of, number, said) in kept}
        self.sealed = digests | self.sealed
        for merged in self.merges:
            merged["numbers"] |= {listing.id: -1} if listing.id in merged["numbers"] else {}

    def unmarked(self, listing_id, said):
        """What words were taken out of stays as it is now."""
        return {field: self.says(listing_id)[field] if redaction.is_marked(value) else value for field, value in said.items()}

    # Doubles

    @rule(first=numbers, second=numbers, name=curators, sides=SIDES, by=deciding)
    def merge(self, first, second, name, sides, by):
        one, other = self.listing(first), self.listing(second)
        if one.id == other.id:
            return
        ids = sorted((one.id, other.id))
        pair = db.session.scalars(select(Pair).where(Pair.first_id == ids[0], Pair.second_id == ids[1])).first()
        if pair is None:
            pair = makers.saved(Pair, first_id=ids[0], second_id=ids[1], score=0.6, why=[], state="open", found_at=self.now)
        is_open = pair.state in (PairState.OPEN, PairState.PROPOSED)
        organisations = {self.organisation_of[each] for each in ids}
        shown = all(self.says(each)["status"] in SHOWN for each in ids)
        expected = self.may(name) and is_open and shown and not organisations & self.editors.get(name, set())
        with self.attempt(expected):
            duplicates.propose(pair, kept=one, sides=sides, by=self.who(name), reason="", now=self.now)
        if not expected:
            return
        expected = self.may(by, DECIDING) and by != name and not organisations & self.editors.get(by, set())
        before = {each: records.document(db.session.get(Listing, each)) for each in ids}
        with self.attempt(expected):
            duplicates.merge(pair, seen=pair.record["proposed_at"], by=self.who(by), now=self.now)
        if expected:
            kept_words = words(records.document(db.session.get(Listing, one.id)))
            untouched = {part for part in ("summary", "description", "cost") if sides.get(part, Side.KEPT) is Side.KEPT}
            assert all(kept_words[field] == self.says(one.id)[field] for field in untouched)
            self.wrote(one.id, kept_words, by, counts=False)
            self.wrote(other.id, {**self.says(other.id), "status": "ended"}, by, counts=False)
            numbers_now = {each: self.number(each) for each in ids}
            told = {"pair": pair.id, "kept": one.id, "other": other.id, "by": by, "before": before, "numbers": numbers_now}
            self.merges.append({**told, "carried": self.goes(other.id, one.id)})

    @precondition(lambda self: self.merges)
    @rule(which=numbers, name=deciding)
    def take_apart(self, which, name):
        merged = self.merges[which % len(self.merges)]
        pair = db.session.get(Pair, merged["pair"])
        organisations = {self.organisation_of[merged[each]] for each in ("kept", "other")}
        expected = self.may(name, DECIDING) and name != merged["by"] and not organisations & self.editors.get(name, set())
        expected = expected and self.says(merged["other"])["status"] != "hidden"
        with self.attempt(expected):
            duplicates.part(pair, by=self.who(name), reason="They are two.", now=self.now)
        if not expected:
            return
        self.merges.remove(merged)
        self.comes_back(merged)
        now = {each: records.document(db.session.get(Listing, each)) for each in merged["before"]}
        if all(self.number(each) == number for each, number in merged["numbers"].items()):
            assert now == merged["before"], "merging and taking apart is as if neither had been"
        for each in now:
            self.wrote(each, words(now[each]), name, counts=False)

    @rule(which=numbers, name=curators, second=deciding)
    def split(self, which, name, second):
        listing = self.listing(which)
        before, own = self.says(listing.id), self.organisation_of[listing.id]
        expected = self.may(name) and len(before["sessions"]) == 2 and own not in self.editors.get(name, set())
        proposed, made = None, None
        with self.attempt(expected):
            given = {"seen": listing.revision_number, "by": self.who(name), "reason": "Two things.", "now": self.now}
            proposed = splits.propose(listing, sessions=[1], name="Wednesdays", **given).id
        if not expected:
            return
        theirs = self.editors.get(second, set())
        expected = self.may(second, DECIDING) and second != name and not theirs & ({own} | self.editors.get(name, set()))
        with self.attempt(expected):
            made = splits.split(db.session.get(Suggestion, proposed), by=self.who(second), now=self.now).id
        if not expected:
            with self.attempt(True):
                suggestions.take_back(db.session.get(Suggestion, proposed), by=self.who(name), now=self.now)
            return
        self.takes_note_of(made, name)
        self.organisation_of[made] = own
        rest = words(records.document(db.session.get(Listing, listing.id)))
        assert {**rest, "sessions": before["sessions"], "venues": before["venues"]} == before
        moved = self.says(made)
        assert sorted(str(each | {"venue": ""}) for each in (*rest["sessions"], *moved["sessions"])) == sorted(
            str(each | {"venue": ""}) for each in before["sessions"]
        ), "nothing is lost and nothing is there twice"
        self.wrote(listing.id, rest, name)

    # The feed and the clock

    @rule(
        key=st.sampled_from("ab"),
        summary=st.sampled_from(["Fed.", "Fed more."]),
        cost=st.sampled_from(["free", "donation"]),
        contacts=st.sampled_from([FIRST, SECOND]),
    )
    def import_a_file(self, key, summary, cost, contacts):
        told = {"name": f"Fed {key}", "summary": summary, "cost": cost, "contacts": contacts}
        record = gate(RECORD | {"sessions": WEEKLY, "organisation": {"name": "The Council", "kind": "council"}} | told)
        held = self.from_feed.get(key)
        with self.attempt(True, own=0 if held and held[1] == record else None):
            feeds.apply_run(publisher=feeds.Publisher("Council"), entries=[feeds.Entry(key, record)], now=self.now)
        if held is None:
            listing_id = db.session.scalars(select(Listing.id).order_by(Listing.id.desc())).first()
            self.takes_note_of(listing_id)
            self.organisation_of[listing_id] = "The Council"
            self.from_feed[key] = (listing_id, record)
            return
        listing_id, said = held
        wanted = dict(self.says(listing_id))
        for group, fields in GROUPS.items():
            if group not in self.set_by_people(listing_id):
                wanted |= {field: record[field] for field in fields if said[field] != record[field] and field in told}
        self.wrote(listing_id, wanted, "feed")
        self.from_feed[key] = (listing_id, record)

    def set_by_people(self, listing_id):
        """Groups of fields that anybody but the feed changed last: a feed never takes one back."""
        return {
            group
            for (older, *_), (newer, by, *_) in pairwise(self.versions[listing_id])
            if by != "feed"
            for group, fields in GROUPS.items()
            if any(older[field] != newer[field] for field in fields)
        }

    @rule(minutes=st.sampled_from([1, 31, 60, 60 * 24, 60 * 24 * 4]))
    def time_passes(self, minutes):
        """Leases, locks and what cools off expire; the sweep of the night writes letters and tasks, never words."""
        self.now += timedelta(minutes=minutes)
        if minutes > 60 * 24:
            freshness.sweep(now=self.now)
        self.locks = [each for each in self.locks if each[1] > self.now]

    # What has to hold

    @invariant()
    def what_is_published_is_what_was_approved_last(self):
        db.session.rollback()
        for listing in curation_queries.listings_of(self.listings):
            said = self.says(listing.id)
            assert words(records.document(listing)) == said, "the rows say what the last version says"
            assert listing.revision_number == self.number(listing.id)

    @invariant()
    def history_only_grows(self):
        rows = db.session.execute(
            select(Revision.id, Revision.listing_id, Revision.number, Revision.document).order_by(Revision.id)
        ).all()
        now = {row.id: (row.listing_id, row.number, words(row.document)) for row in rows}
        assert {id_: now.get(id_) for id_ in self.rows} == self.rows, "no version is changed or gone"
        self.rows = now
        told = {(listing_id, number): said for listing_id, number, said in now.values()}
        modelled = {(each, number): said for each, all_ in self.versions.items() for number, (said, *_) in enumerate(all_, 1)}
        assert told == modelled, "every version is one that somebody was allowed to make"

    @invariant()
    def the_chain_only_grows(self):
        rows = db.session.execute(
            select(AuditRow.number, AuditRow.seal, AuditRow.object, AuditRow.verb, AuditRow.after).order_by(AuditRow.number)
        ).all()
        now = {row.number: row.seal for row in rows}
        assert {number: now.get(number) for number in self.seals} == self.seals
        self.seals = now
        fed = {listing_id for listing_id, _ in self.from_feed.values()}
        told = {}
        for row in rows:
            if row.object.startswith("listing ") and row.verb.startswith("listing "):
                told.setdefault(row.object, []).append(row.after)
        for listing in db.session.scalars(select(Listing).where(Listing.id.not_in(fed))):
            documents = db.session.scalars(
                select(Revision.document).where(Revision.listing_id == listing.id).order_by(Revision.number)
            )
            digests = [self.sealed.get((listing.id, at)) or audit.digest(each) for at, each in enumerate(documents, 1)]
            assert told[f"listing {listing.uid}"] == digests, "a row for each version"

    @invariant()
    def what_is_open_is_about_what_is_shown(self):
        rows = db.session.execute(select(Suggestion.id, Suggestion.listing_id)).all()
        about = {row.id: row.listing_id for row in rows}
        assert all(about[each["id"]] == each["listing"] for each in self.sent), "it goes along and comes back"
        gone = {merged["other"] for merged in self.merges}
        assert not any(each["listing"] in gone for each in self.sent if each["state"] in ("waiting", "asked"))
        locks = {row.id: row.listing_id for row in db.session.scalars(select(Lock).where(Lock.listing_id.is_not(None)))}
        assert all(locks[number] == kept for kept, _, number in self.locks if number in locks)

    @invariant()
    def nobody_decided_on_their_own_words(self):
        for suggestion in db.session.scalars(select(Suggestion).where(Suggestion.id.not_in(self.old if self.ids else []))):
            assert all(opinion.account_id != suggestion.account_id for opinion in suggestion.opinions)

    @invariant()
    def what_is_part_of_another_is_not_shown_as_well(self):
        merged = db.session.scalars(select(Pair).where(Pair.state == PairState.MERGED)).all()
        for pair in merged:
            other = pair.second if pair.kept_id == pair.first_id else pair.first
            assert other.status in (Status.ENDED, Status.HIDDEN), "a merged listing is ended until it is taken apart"
            assert db.session.scalar(select(OldAddress.listing_id).where(OldAddress.slug == other.slug)) is not None

    def teardown(self):
        db.session.rollback()
        assert chains.chain().broken_at is None
        db.session.rollback()


def test_history_stays_true_whatever_people_do(app, database, vocabulary):
    run_state_machine_as_test(
        Curation,
        settings=settings(
            max_examples=SEQUENCES or USUAL[database],
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # making a failure shorter takes minutes, and it is short enough
            suppress_health_check=list(HealthCheck),
        ),
    )
