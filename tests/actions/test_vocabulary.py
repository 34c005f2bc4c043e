"""Loading the shipped words into the database: again and again, around what people changed by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from directory.actions.vocabulary import Loaded, load
from directory.exchange.vocabulary import shipped_terms
from directory.extensions import db, writing
from directory.models import Kind, Taxonomy, Term


def term(slug, *, taxonomy=Taxonomy.NEED, parent="", position=0, **fields):
    plain = {"label": slug.capitalize(), "description": "", "phrases": [], "icon": "", "term_uri": ""}
    return plain | {"taxonomy": taxonomy, "slug": slug, "parent": parent, "position": position} | fields


COMPANY = term("company")
LONELINESS = term("loneliness", parent="company", position=1, phrases=["nobody to talk to"])
GRIEF = term("bereavement", parent="company", position=2)


def row(slug, taxonomy=Taxonomy.NEED):
    db.session.expire_all()
    return db.session.scalars(select(Term).where(Term.taxonomy == taxonomy, Term.slug == slug)).one_or_none()


def everything():
    db.session.expire_all()
    rows = db.session.scalars(select(Term).order_by(Term.id))
    return [(t.id, t.uid, t.taxonomy, t.slug, t.label, t.phrases, t.icon, t.position, t.parent_id, t.edited) for t in rows]


def change(slug, **fields):
    found = row(slug)
    with writing(found):
        for name, value in fields.items():
            setattr(found, name, value)


def test_the_shipped_words_all_arrive(app):
    shipped = shipped_terms()
    assert load(shipped) == Loaded(added=len(shipped), changed=0, dropped=0, kept=0)
    assert db.session.scalar(select(func.count(Term.id))) == len(shipped)
    assert row("library", Taxonomy.KIND).icon == "book"
    assert "nobody to talk to" in row("loneliness").phrases
    assert row("cy", Taxonomy.LANGUAGE).label == "Welsh"


def test_a_child_knows_its_parent_and_its_place(app):
    load([COMPANY, LONELINESS, GRIEF])
    assert row("loneliness").parent is row("company")
    assert row("company").parent is None
    assert [child.slug for child in row("company").children] == ["loneliness", "bereavement"]
    load([COMPANY, LONELINESS | {"position": 2}, GRIEF | {"position": 1}])
    assert [child.slug for child in row("company").children] == ["bereavement", "loneliness"]


def test_a_second_load_changes_nothing(app, statements):
    load(shipped_terms())
    before = everything()
    statements.clear()
    assert load(shipped_terms()) == Loaded(added=0, changed=0, dropped=0, kept=0)
    assert [sql for sql in statements if not sql.lstrip().startswith("SELECT")] == []
    assert everything() == before


def test_new_wording_reaches_a_row_that_keeps_its_id(app):
    load([COMPANY, LONELINESS])
    before = row("loneliness").id, row("loneliness").uid
    assert load([COMPANY, LONELINESS | {"label": "Being lonely", "phrases": ["lonely"]}]).changed == 1
    after = row("loneliness")
    assert (after.id, after.uid) == before
    assert (after.label, after.phrases) == ("Being lonely", ["lonely"])


def test_a_term_can_move_under_another_heading(app):
    load([COMPANY, LONELINESS, term("mind", position=3)])
    assert load([COMPANY, LONELINESS | {"parent": "mind"}, term("mind", position=3)]).changed == 1
    assert row("loneliness").parent.slug == "mind"


def test_what_somebody_edited_stays_as_they_left_it(app):
    load([COMPANY, LONELINESS])
    change("loneliness", label="Lonely", phrases=["stuck at the end of the lane"], parent=None, position=7, edited=True)
    before = everything()
    assert load([COMPANY, LONELINESS]) == Loaded(added=0, changed=0, dropped=0, kept=0)
    assert everything() == before


def test_a_term_that_left_the_files_goes_when_nothing_uses_it(app):
    load([COMPANY, LONELINESS, GRIEF])
    assert load([COMPANY, LONELINESS]) == Loaded(added=0, changed=0, dropped=1, kept=0)
    assert row("bereavement") is None


def test_a_heading_goes_with_its_last_child(app):
    load([COMPANY, LONELINESS, term("mind", position=3)])
    assert load([term("mind")]).dropped == 2
    assert [slug for _, _, _, slug, *_ in everything()] == ["mind"]


def test_a_term_in_use_by_a_listing_stays_with_its_heading(app, make):
    load([COMPANY, LONELINESS, GRIEF, term("mind", position=3)])
    make.listing(name="Cuppa at the Chapel", terms=["loneliness"])
    assert load([term("mind")]) == Loaded(added=0, changed=1, dropped=1, kept=2)
    assert row("loneliness").parent.slug == "company"
    assert row("bereavement") is None


def test_a_feature_in_use_by_an_access_fact_stays(app, make):
    ramp = term("step-free", taxonomy=Taxonomy.ACCESS)
    loop = term("hearing-loop", taxonomy=Taxonomy.ACCESS, position=1)
    load([ramp, loop])
    make.listing(name="Chair yoga", access={"step-free": False})
    assert load([COMPANY]) == Loaded(added=1, changed=0, dropped=1, kept=1)
    assert row("step-free", Taxonomy.ACCESS) is not None
    assert row("hearing-loop", Taxonomy.ACCESS) is None


def test_a_kind_in_use_stays(app, make):
    load([term("museum", taxonomy=Taxonomy.KIND), term("event", taxonomy=Taxonomy.KIND, position=1)])
    make.listing(name="Mill Museum", kind=Kind.MUSEUM)
    assert load([]) == Loaded(added=0, changed=0, dropped=1, kept=1)
    assert row("museum", Taxonomy.KIND) is not None


def test_a_term_that_somebody_added_stays(app):
    load([COMPANY])
    with writing():
        db.session.add(Term(taxonomy=Taxonomy.NEED, slug="beekeeping", label="Bees", edited=True, parent=row("company")))
    assert load([]) == Loaded(added=0, changed=0, dropped=0, kept=2)
    assert row("beekeeping").parent.slug == "company"


def test_one_slug_may_stand_in_two_taxonomies(app):
    load([term("volunteering"), term("volunteering", taxonomy=Taxonomy.KIND, label="Volunteering role")])
    assert row("volunteering").label == "Volunteering"
    assert row("volunteering", Taxonomy.KIND).label == "Volunteering role"


def test_an_unknown_parent_stops_the_load_and_leaves_nothing_behind(app):
    with pytest.raises(KeyError):
        load([term("food", taxonomy=Taxonomy.NEED), LONELINESS])
    assert everything() == []
