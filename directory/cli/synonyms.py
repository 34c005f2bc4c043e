"""Commands for a curator at the keyboard: what search was taught, to teach it more, and to let it forget."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from directory.actions import synonyms as actions
from directory.cli.telling import plainly
from directory.errors import Refused
from directory.forms.notes import seen_in
from directory.models import Synonym, Taxonomy
from directory.models.words import long_day
from directory.queries import synonyms as queries
from directory.queries import vocabulary


@click.group("synonyms")
def synonyms() -> None:
    """Words that people type, and what search takes them to mean."""


@synonyms.command("list")
@with_appcontext
@plainly
def list_() -> None:
    """Everything that was taught."""
    taught = queries.taught()
    for synonym in taught:
        click.echo(f"“{synonym.said}” means {meaning(synonym)}  ({long_day(synonym.made_at.date())})")
    if not taught:
        click.echo("Nothing is taught yet.")


@synonyms.command("teach")
@click.argument("said")
@click.option("--need", default="", metavar="SLUG", help="The need that it means.")
@click.option("--activity", default="", metavar="SLUG", help="The activity that it means.")
@click.option("--audience", default="", metavar="SLUG", help="The people that it means.")
@click.option("--kind", default="", metavar="SLUG", help="The kind of listing that it means.")
@click.option("--words", default="", metavar="TEXT", help="Other words that it means as well.")
@with_appcontext
@plainly
def teach(said: str, words: str, **slugs: str) -> None:
    """From now on, SAID means a word of the vocabulary, or other words."""
    given = [(Taxonomy(taxonomy), slug) for taxonomy, slug in slugs.items() if slug]
    if len(given) + bool(words) != 1:
        raise Refused("Say what it means by one of --need, --activity, --audience, --kind and --words.")
    for text in (said, words):
        if reason := seen_in(text):
            raise Refused(reason)
    term = vocabulary.by_slug(*given[0]) if given else None
    synonym = actions.teach(said, term=term, words=words, account=None, now=datetime.now(UTC))
    click.echo(f"Taught: “{synonym.said}” means {meaning(synonym)}")


@synonyms.command("forget")
@click.argument("said")
@with_appcontext
@plainly
def forget(said: str) -> None:
    """From now on, SAID means only what it says."""
    synonym = queries.by_said(said)
    told = f"“{synonym.said}” means {meaning(synonym)}"
    actions.forget(synonym)
    click.echo(f"Forgotten: {told}")


def meaning(synonym: Synonym) -> str:
    """“Loneliness (need)”, or the other words in quotes."""
    return f"{synonym.term.label} ({synonym.term.taxonomy})" if synonym.term else f"“{synonym.words}”"
