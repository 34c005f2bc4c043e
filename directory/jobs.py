"""What happens behind the scenes: thin tasks for one worker. Tables are the truth; every task is a sweep that may run twice."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, render_template, url_for
from huey import SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.serializer import SignedSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session

from directory import mail, search, websites
from directory.actions import (
    audit,
    cells,
    claim_ends,
    duplicates,
    freshness,
    gap_news,
    newcomers,
    offers,
    outbox,
    reports,
    retention,
    thanks,
)
from directory.actions import letters as actions
from directory.actions import websites as website_actions
from directory.areas import kept
from directory.errors import Unavailable
from directory.extensions import db
from directory.models import Letter
from directory.queries import atlas, letters, supply
from directory.queries import cells as published
from directory.queries import websites as website_queries

log = logging.getLogger(__name__)

STILL_ALIVE_S = 150
FRESHLY_CHANGED = timedelta(hours=2)  # what changed since is looked at every ten minutes, all of it once a day
# Between two looks whether the index is behind; while it stays behind, the longer one is waited for.
LOOK_S, LONGEST_LOOK_S = 2.0, 10.0
# How often websites are looked at, and at how many: 5,000 listings are all seen within a month.
WEBSITES_EVERY_S, MOST_WEBSITES = 3600.0, 25
# Before the atlas is looked at first, and between two looks: while many people edit, the catalogue changes every minute.
ATLAS_FIRST_S, ATLAS_S = 30.0, 3600.0


@dataclass
class Jobs:
    """The queue of one application and the task that a write wakes."""

    queue: SqliteHuey
    apply: TaskWrapper
    heartbeat: Path


def init_app(app: Flask) -> None:
    """Make the queue; without JOBS_FILE (in tests) nothing is queued and the caller applies changes itself."""
    file = app.config["JOBS_FILE"]
    if not file:
        return
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    # A key of its own: huey unpickles what it reads, so nobody else may be able to write to the queue.
    serializer = SignedSerializer(secret=f"{app.config['SECRET_KEY']}:jobs")
    try:
        queue = SqliteHuey("directory", filename=file, serializer=serializer, results=False)
    except sqlite3.DatabaseError:
        # Nothing in the queue is the only copy of anything, so a damaged one is set aside and made anew.
        log.exception("the queue %s is damaged; it is kept as %s.damaged", file, file)
        os.replace(file, f"{file}.damaged")
        queue = SqliteHuey("directory", filename=file, serializer=serializer, results=False)
    heartbeat = Path(file).with_suffix(".alive")

    @queue.task()
    def catch_up() -> None:
        with app.app_context():
            search.apply_changes()
            send_letters(app, now=datetime.now(UTC))

    @queue.periodic_task(crontab(minute="*"))
    def sweep() -> None:
        heartbeat.touch()
        with app.app_context():
            # All files are read, because whoever has a file open does not notice that something in it was changed.
            if search.needs_rebuild():
                with contextlib.suppress(Unavailable):  # somebody is at it already
                    search.rebuild()
            search.apply_changes()
            send_letters(app, now=datetime.now(UTC))

    @queue.periodic_task(crontab(minute="41"))
    def keep_fresh() -> None:
        with app.app_context():
            log.info("what is asked again: %s", freshness.sweep(now=datetime.now(UTC)))

    @queue.periodic_task(crontab(minute="11"))
    def remind() -> None:
        with app.app_context():
            log.info("letters about reports that wait: %s", reports.remind(now=datetime.now(UTC)))

    @queue.periodic_task(crontab(minute="51"))
    def end_claims() -> None:
        with app.app_context():
            now = datetime.now(UTC)
            claim_ends.remind(now=now)
            over, gone = claim_ends.lapse(now=now), newcomers.forget(now=now)
            log.info("claims that nobody answered: %s; accounts that nobody came to: %s", over, gone)

    @queue.periodic_task(crontab(minute="*/10"))
    def find_answers() -> None:
        with app.app_context():
            now = datetime.now(UTC)
            offers.find(now=now, since=now - FRESHLY_CHANGED)
            gap_news.tell(now=now)

    @queue.periodic_task(crontab(minute="17", hour="6"))
    def tell_leads() -> None:
        with app.app_context():
            now = datetime.now(UTC)
            found = offers.find(now=now)
            told = gap_news.tell_leads_of_offers(now=now), gap_news.tell_leads_of_the_month(now=now)
            log.info("what may answer gaps: %s; letters to leads: %s and %s", found, *told)

    @queue.periodic_task(crontab(minute="7", hour="7", day_of_week="1"))
    def tell_of_the_chain() -> None:
        with app.app_context():
            log.info("letters about the audit chain: %s", audit.tell_leads(now=datetime.now(UTC)))

    @queue.periodic_task(crontab(minute="37", hour="9"))
    def thank() -> None:
        with app.app_context():
            log.info("letters that thank volunteers: %s", thanks.thank(now=datetime.now(UTC)))

    @queue.periodic_task(crontab(minute="23", hour="3"))
    def tidy() -> None:
        with app.app_context():
            while outbox.forget_replaced():
                pass
            log.info("rows that were kept long enough: %s", retention.forget(now=datetime.now(UTC)))
            log.info("pairs that may be one: %s", duplicates.find(now=datetime.now(UTC)))
            for quarter in published.uncounted(now=datetime.now(UTC), settles=cells.SETTLES):
                log.info("cells of %s: %s", quarter, cells.count_quarter(quarter, now=datetime.now(UTC)))

    app.extensions["jobs"] = Jobs(queue, catch_up, heartbeat)

    @event.listens_for(db.session, "after_commit")
    def wake_the_worker(session: Session) -> None:
        """A write may have left something to do; a failure here only delays it until the next sweep."""
        if session.info.get("writing"):
            try:
                catch_up()
            except Exception:
                log.exception("the worker could not be woken; its next sweep will see to it")


def run(app: Flask) -> None:
    """Work until told to stop (SIGTERM or Ctrl-C); first whatever was left undone."""
    jobs: Jobs = app.extensions["jobs"]
    jobs.heartbeat.touch()
    search.apply_changes()
    threading.Thread(target=look_for_changes, args=(app,), daemon=True).start()
    threading.Thread(target=look_at_websites_for_ever, args=(app,), daemon=True).start()
    threading.Thread(target=keep_atlas, args=(app,), daemon=True).start()
    # The queue is looked at twice a second: an approved edit has to be findable within two.
    jobs.queue.create_consumer(workers=1, initial_delay=0.1, max_delay=0.5).run()


def look_for_changes(app: Flask) -> None:
    """For ever: wakes the worker for changes that it was not told of, because whoever made them was killed before that, and
    for those that it could not write, because the disk was full.
    """
    wait = LOOK_S
    while True:
        time.sleep(wait)
        behind = True
        try:
            with app.app_context():
                behind = search.is_behind()
            if behind:
                app.extensions["jobs"].apply()
        except Exception:
            log.warning("whether the index is behind cannot be told just now", exc_info=wait == LOOK_S)
        wait = min(2 * wait, LONGEST_LOOK_S) if behind else LOOK_S


def look_at_websites_for_ever(app: Flask) -> None:
    """In a thread of its own: a website may take ten seconds, and an approved edit has to be findable within two."""
    while True:
        time.sleep(WEBSITES_EVERY_S)
        try:
            with app.app_context():
                log.info("jobs about links that broke: %s", look_at_websites(now=datetime.now(UTC)))
        except Exception:
            log.exception("websites could not be looked at; the next round will")


def look_at_websites(*, now: datetime, ask: Callable[[str], websites.Reply] = websites.look) -> int:
    """One round: asks what is due, keeps what was found, returns how many jobs were opened."""
    due = website_queries.to_look_at(now=now, most=MOST_WEBSITES)
    db.session.rollback()  # nothing of the database is held while others are waited for
    replies = websites.look_at_all(list(dict.fromkeys(due.values())), ask=ask)
    found = {
        listing_id: (address, None if replies[address].said is websites.Said.UNKNOWN else replies[address].words)
        for listing_id, address in due.items()
        if address in replies
    }
    return website_actions.note(found, now=now)


def send_letters(app: Flask, *, now: datetime) -> int:
    """Hand over what is due and return how much that was. What fails is tried again later; one bad letter stops no other."""
    done = 0
    for letter in letters.due(now=now):
        try:
            subject, body = written(app, letter)
            sender, uid = app.config["MAIL_FROM"], str(letter.uid)
            made = mail.message(to=letter.to_address, subject=subject, body=body, sender=sender, uid=uid)
            mail.send(made, settings=app.config)
        except mail.NotSent as error:
            actions.failed(letter, error=str(error), for_good=error.for_good, now=now)
        except Exception as error:
            log.exception("letter %s cannot be written", letter.id)
            actions.failed(letter, error=f"It cannot be written: {type(error).__name__}.", for_good=True, now=now)
        else:
            actions.sent(letter, now=now)
            done += 1
    return done


def written(app: Flask, letter: Letter) -> tuple[str, str]:
    """Subject and text of a letter, from the template of its kind: the first line is the subject."""
    base = app.config["PUBLIC_URL"] or f"http://127.0.0.1:{os.environ.get('PORT', 5000)}"
    with app.test_request_context(base_url=base):
        url = functools.partial(url_for, _external=True)
        text = render_template(f"letters/{letter.kind}.txt", facts=letter.facts, url=url)
    subject, _, body = text.strip().partition("\n")
    return " ".join(subject.split()), body.strip() + "\n"


def keep_atlas(app: Flask) -> None:
    """For ever: works the atlas out anew where it is behind, beside the queue, because no edit should wait for that."""
    wait = ATLAS_FIRST_S
    while True:
        time.sleep(wait)
        wait = ATLAS_S
        try:
            with app.app_context():
                reckon_atlas(app, now=datetime.now(UTC))
        except Unavailable:
            wait = ATLAS_FIRST_S  # the postcode table is still being built
        except Exception:
            log.exception("the atlas could not be worked out; it is tried again in an hour")


def reckon_atlas(app: Flask, *, now: datetime) -> kept.Stored:
    """The atlas of today, worked out anew when listings, areas or the day changed since. Raises Unavailable without postcodes."""
    folder, today = Path(app.config["ATLAS_FOLDER"]), now.date()
    small = atlas.areas(folder)
    stamp = f"{supply.stamp(today=today)} {small.about.source} {small.about.loaded_at}"
    held = kept.stored(folder)
    if held is not None and held.stamp == stamp:
        return held
    found = supply.supply(today=today)
    made_at = now.isoformat(timespec="seconds")
    return kept.refresh(folder, small, found, authority_of=atlas.authority_of, made_at=made_at, stamp=stamp)


def is_alive(app: Flask, *, now: float | None = None) -> bool:
    """Whether a worker showed a sign of life within the last two sweeps."""
    heartbeat = app.extensions["jobs"].heartbeat
    return heartbeat.exists() and (time.time() if now is None else now) - heartbeat.stat().st_mtime < STILL_ALIVE_S
