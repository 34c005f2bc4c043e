"""Who may do what: one table, and plain questions about one person and one thing. Reads nothing, changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from directory.errors import NotAllowed
from directory.models import Account, Claim, Gap, GapKind, Lock, Role, Voice
from directory.models.accounts import CURATING, NEEDS_SECOND_FACTOR
from directory.models.listings import Kind
from directory.models.words import MONTHS


class Standing(StrEnum):
    """What somebody is towards one listing."""

    VISITOR = "visitor"
    LINK_WORKER = "link worker"
    NEW_EDITOR = "new editor"
    TRUSTED_EDITOR = "trusted editor"
    CURATOR = "curator"
    LEAD = "senior or lead"
    NOBODY = "nobody"  # suspended, or here for other things than content


class Change(StrEnum):
    """What somebody would like to do to a listing."""

    CONFIRM = "say it is still right"
    USUAL = "change times, cost, room, words, access"
    CONTACT = "change phone, mail, web address, place"
    NEW = "add a listing"
    SENSITIVE = "change what is for children, one to one, in the home, or advice on money or health"
    STOPPED = "say it has stopped"
    HIDE = "hide for safety"
    CLAIM = "say that a listing is one's own"
    STRUCTURE = "decide claims, roles, merging, splitting"


class Verdict(StrEnum):
    """What becomes of it."""

    LIVE = "live"
    LOOKED_AT = "live, looked at within 7 days"
    SAMPLED = "live, one in ten looked at"
    REVIEW = "a curator reviews it"
    TWO = "two people agree"
    REPORT = "counts as a report"
    ASKS = "asks a lead"
    NO = "no"


LIVE = {Verdict.LIVE, Verdict.SAMPLED, Verdict.LOOKED_AT}  # on the page at once, whoever looks at it afterwards


def _row(names: str) -> dict[Standing, Verdict]:
    return dict(zip(Standing, (Verdict[name] for name in names.split()), strict=True))


TABLE: Mapping[Change, Mapping[Standing, Verdict]] = {
    #                      visitor link_worker new_editor trusted_editor curator lead nobody
    Change.CONFIRM: _row("  NO     NO          LIVE       LIVE           LIVE    LIVE   NO"),
    Change.USUAL: _row("    REVIEW REVIEW      REVIEW     LOOKED_AT      SAMPLED LIVE   NO"),
    # Of a curator's own word the "second person" is whoever reviews it.
    Change.CONTACT: _row("  TWO    TWO         TWO        TWO            REVIEW  REVIEW NO"),
    Change.NEW: _row("      REVIEW REVIEW      REVIEW     REVIEW         REVIEW  LIVE   NO"),
    Change.SENSITIVE: _row("TWO    TWO         TWO        TWO            TWO     REVIEW NO"),
    Change.STOPPED: _row("  REPORT REPORT      LIVE       LIVE           LIVE    LIVE   NO"),
    Change.HIDE: _row("     REPORT REPORT      REPORT     REPORT         LIVE    LIVE   NO"),
    # Whoever is proved by the contact that was published needs nobody else, where no editor is there yet.
    Change.CLAIM: _row("    ASKS   ASKS        ASKS       ASKS           ASKS    ASKS   NO"),
    Change.STRUCTURE: _row("ASKS   ASKS        ASKS       ASKS           ASKS    LIVE   NO"),
}

VOICES = {
    Role.EDITOR: Voice.GROUP,
    Role.LINK_WORKER: Voice.LINK_WORKER,
    Role.CURATOR: Voice.VOLUNTEER,
    Role.SENIOR: Voice.VOLUNTEER,
    Role.LEAD: Voice.STAFF,
    Role.ADMIN: Voice.STAFF,
    Role.IMPORTER: Voice.FEED,
}
# Which roles somebody may give and take away: leads those that have a say over content, administrators the technical ones.
GIVES: Mapping[Role, frozenset[Role]] = {
    Role.LEAD: frozenset({Role.EDITOR, Role.LINK_WORKER, Role.CURATOR, Role.SENIOR, Role.LEAD}),
    Role.ADMIN: frozenset({Role.ADMIN, Role.IMPORTER}),
}
# Roles with a say over others: nobody is raised to one by one person alone.
WEIGHT: Mapping[Role, int] = {Role.CURATOR: 1, Role.SENIOR: 2, Role.LEAD: 3, Role.ADMIN: 3}
CONTACT_FIELDS = frozenset({"website", "contacts", "venues", "at_venue", "confidential_location", "coverage"})
CHILDHOOD = 18
SAMPLE = 10  # of what curators change at once, every so manieth is looked at by another
SECOND_LOOK = 20  # of what was approved, every so manieth
# Needs on which wrong advice does harm.
ADVICE = frozenset({"money", "debt", "benefits", "housing", "domestic-abuse", "anxiety", "alcohol-drugs"})


def standing(person: Any, organisation_id: int | None, *, is_trusted: bool) -> Standing:
    """What this person (an account, or a visitor) is towards a listing of that organisation.

    `is_trusted` is what queries.accounts.is_trusted says of an editor.
    """
    if not isinstance(person, Account) or not person.is_authenticated:
        return Standing.VISITOR
    if person.is_suspended:
        return Standing.NOBODY
    if person.role in (Role.SENIOR, Role.LEAD):
        return Standing.LEAD
    if person.role is Role.CURATOR:
        return Standing.CURATOR
    if person.speaks_for(organisation_id):
        return Standing.TRUSTED_EDITOR if is_trusted else Standing.NEW_EDITOR
    if person.role is Role.LINK_WORKER:
        return Standing.LINK_WORKER
    return Standing.NOBODY if person.role is Role.IMPORTER else Standing.VISITOR


def sort_of_change(record: Mapping[str, Any], fields: Iterable[str]) -> Change:
    """Which row of the table a change of these record keys falls under: the strictest that fits. `record` is the new one."""
    if is_sensitive(record):
        return Change.SENSITIVE
    return Change.CONTACT if CONTACT_FIELDS & set(fields) else Change.USUAL


def is_sensitive(record: Mapping[str, Any]) -> bool:
    """Whether a listing is for children, goes into homes, or gives advice on money or health."""
    youngest, oldest = record.get("minimum_age"), record.get("maximum_age")
    for_children = (oldest is not None and oldest < CHILDHOOD) or (youngest is not None and youngest < 16)
    advice = record.get("kind") == Kind.ADVICE.value and bool(ADVICE & set(record.get("needs") or ()))
    return for_children or bool(record.get("home_visits")) or advice


def verdict(change: Change, by: Standing) -> Verdict:
    return TABLE[change][by]


def is_sampled(number: int) -> bool:
    """Whether the change of this number is one of those that are looked at: told by the number, so never drawn again."""
    return number % SAMPLE == 0


def is_looked_at_again(number: int) -> bool:
    """Whether the approved suggestion of this number is one that somebody who did not agree to it looks at as well."""
    return number % SECOND_LOOK == 0


# Questions about a person alone, for `@open_to` and for actions


def signed_in(person: Any) -> bool:
    return isinstance(person, Account) and person.is_authenticated and not person.is_suspended


def can_curate(person: Any) -> bool:
    return signed_in(person) and person.role in CURATING


def can_decide(person: Any) -> bool:
    """Merging, splitting, claims: seniors and leads."""
    return signed_in(person) and person.role in (Role.SENIOR, Role.LEAD)


def can_lead(person: Any) -> bool:
    return signed_in(person) and person.role is Role.LEAD


def can_rest(person: Any) -> bool:
    """Who takes breaks and leaves without being asked why: volunteers. A lead answers for an area and hands it over first."""
    return signed_in(person) and person.role in (Role.CURATOR, Role.SENIOR)


def can_redact(person: Any) -> bool:
    """Who takes somebody's own words out of what is kept: it is the law's business as much as the catalogue's."""
    return can_lead(person) or can_administer(person)


def can_administer(person: Any) -> bool:
    return signed_in(person) and person.role is Role.ADMIN


def can_look_after_people(person: Any) -> bool:
    """Who sees the list of accounts: leads and administrators."""
    return signed_in(person) and person.role in GIVES


def can_give(person: Any, role: Role) -> bool:
    """Whether this person may make somebody that."""
    return can_look_after_people(person) and role in GIVES[person.role]


def needs_second_person(role: Role, *, before: Role | None) -> bool:
    """Whether somebody else has to agree before an account has this role; stepping down is at once."""
    return WEIGHT.get(role, 0) > (WEIGHT.get(before, 0) if before is not None else 0)


def can_change_role(person: Any, account: Account) -> bool:
    """Nobody changes their own role, nor one that is not theirs to give."""
    return can_give(person, account.role) and person.id != account.id


def can_suspend(person: Any, account: Account) -> bool:
    """As with roles; administrators may also stop anybody's account, because one that was taken over cannot wait."""
    return (
        can_look_after_people(person) and person.id != account.id and (can_administer(person) or can_give(person, account.role))
    )


def can_invite_editors(person: Any, organisation_id: int) -> bool:
    """Who lets others speak for an organisation with nobody else asked: whoever leads its editors."""
    return signed_in(person) and person.leads_editors_of(organisation_id)


def can_name_editors(person: Any, organisation_id: int) -> bool:
    """Who says that somebody speaks for an organisation: its lead editor, and curators, for whom a second person decides."""
    return can_invite_editors(person, organisation_id) or can_curate(person)


def can_look_after_editors(person: Any, organisation_id: int) -> bool:
    """Who lets editors go and hands their lead on: whoever leads them, and seniors and leads. It lets nobody new in."""
    return can_invite_editors(person, organisation_id) or can_decide(person)


def can_claim(person: Any) -> bool:
    """Who may say that a listing is theirs: everybody with an account but feeds."""
    is_content = signed_in(person) and person.role is not Role.IMPORTER
    return is_content and verdict(Change.CLAIM, standing(person, None, is_trusted=False)) is Verdict.ASKS


def can_help_claim(person: Any, claim: Claim) -> bool:
    """Who rings the published number about a claim: curators, never whoever claims, named them or edits for it already."""
    is_own = is_party(person, author_id=claim.account_id, organisation_id=claim.organisation_id)
    return can_curate(person) and not is_own and claim.proposed_by != person.id


def can_decide_claim(person: Any, claim: Claim) -> bool:
    """The second person: a senior or a lead who neither claims it nor edits for it."""
    asked = standing(person, claim.organisation_id, is_trusted=False)
    return can_help_claim(person, claim) and verdict(Change.STRUCTURE, asked) is Verdict.LIVE


def can_see_why(person: Any) -> bool:
    """The figures behind the order of results."""
    return signed_in(person) and person.role in CURATING | {Role.ADMIN}


def can_try_out(person: Any) -> bool:
    """Who may ask what a new listing would change: whoever leads an area or speaks for an organisation."""
    return signed_in(person) and person.role in (Role.EDITOR, Role.SENIOR, Role.LEAD)


def needs_second_factor(person: Any) -> bool:
    return signed_in(person) and person.role in NEEDS_SECOND_FACTOR


def lacks_second_factor(person: Any) -> bool:
    """Whether this person has to set one up before anything else."""
    return needs_second_factor(person) and not person.has_second_factor


def is_party(person: Account, *, author_id: int | None, organisation_id: int | None) -> bool:
    """Whether this person wrote it or speaks for the organisation it is about: nobody decides on their own words."""
    return (author_id is not None and person.id == author_id) or person.speaks_for(organisation_id)


def refuse_locked(lock: Lock | None, person: Any) -> None:
    """Raises NotAllowed, with the reason, while somebody keeps a thing from being edited; seniors and leads go on."""
    if lock is not None and not can_decide(person):
        raise NotAllowed(f"Nobody can edit this until {lock.ends_at.day} {MONTHS[lock.ends_at.month - 1]}: {lock.reason}")


def voice_of(person: Account) -> Voice:
    """What kind of person speaks when they do their work here."""
    return VOICES[person.role]


def voice_for(person: Account | None, organisation_id: int | None) -> Voice:
    """What kind of person speaks of a listing of that organisation: only its own editors speak for the group."""
    if person is None or (person.role is Role.EDITOR and not person.speaks_for(organisation_id)):
        return Voice.VISITOR
    return voice_of(person)


def require(allowed: bool, sentence: str = "This is not for you to do. Ask somebody who looks after this area.") -> None:
    """Raises NotAllowed with the sentence."""
    if not allowed:
        raise NotAllowed(sentence)


# Gaps: what is missing in a place


def flags_count(person: Any) -> bool:
    """Whether what this person flags counts at once: of those who work with people here. Of all others a curator looks first."""
    return signed_in(person) and person.role in CURATING | {Role.LINK_WORKER}


def looks_after(person: Account, *codes: str) -> bool:
    """Whether one of these codes is among somebody's areas; whoever has none looks after all."""
    own = {patch.area_code for patch in person.patches}
    return not own or bool(own & set(codes))


def can_read_exactly(person: Any, gap: Gap) -> bool:
    """Exact counts, and what people wrote: the leads of its area alone, and every look is noted."""
    return can_lead(person) and looks_after(person, gap.area_code, gap.council_code)


def can_move(person: Any, gap: Gap) -> bool:
    """Public steps are the lead's; of what exists but is not listed curators of the area may take them too."""
    return can_read_exactly(person, gap) or (can_arrange(person, gap) and gap.kind is GapKind.NOT_KNOWN)


def can_arrange(person: Any, gap: Gap) -> bool:
    """Merging, giving another name: curators and leads, in their areas."""
    return can_curate(person) and looks_after(person, gap.area_code, gap.council_code)


def can_look_at_flag(person: Any, codes: Collection[str]) -> bool:
    """Reading what a resident chose, counting or refusing it: curators and leads of one of the areas that it is in."""
    return can_curate(person) and looks_after(person, *codes)


def can_read_note(person: Any, codes: Collection[str]) -> bool:
    """What somebody wrote about a gap, and striking it out: the leads of its area alone."""
    return can_lead(person) and looks_after(person, *codes)
