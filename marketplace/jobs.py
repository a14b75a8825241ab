"""Background jobs: thin functions taking ids, safe to run twice; on RQ with Redis, in process without."""
from __future__ import annotations

import datetime as dt
import gc
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Engine

from marketplace import clock, mailer, uploads
from marketplace.complaints import recount, retaliation
from marketplace.complaints import round as remedies
from marketplace.db import app_engine, reading, transaction
from marketplace.demand.models import Demand
from marketplace.editions import mailing
from marketplace.evaluation import validation
from marketplace.founders import credentials
from marketplace.integrity import collusion, traces
from marketplace.notices import operations as notices
from marketplace.notices import outbox
from marketplace.notices import texts as notice_texts
from marketplace.objections import rounds as award_rounds
from marketplace.payments import recompute
from marketplace.payments import tick as payment_tick
from marketplace.questions import rounds as question_rounds
from marketplace.receivables import rounds as answers
from marketplace.reference_tables import operations as reference_tables
from marketplace.reference_tables.models import ReferenceTable
from marketplace.searches import alerts as search_alerts
from marketplace.searches import queries as searches
from marketplace.suggestions import operations as suggestions
from marketplace.suggestions import rounds as invitation_rounds
from marketplace.tendering import attachments, lying

log = logging.getLogger(__name__)
QUEUE = "jiebang"


def refresh_matches(demand_id: int) -> dict[str, Any]:
    """Recompute the suggestions of one demand when its inputs have changed."""
    with reading() as session:
        suggestions.warm(session)  # no write transaction waits while the engine is built
    with transaction() as session:
        stored = suggestions.refresh(session, demand_id, now=clock.utc_now())
    return {"stored": stored} | alert_searches()


def refresh_stale_matches() -> dict[str, Any]:
    """Recompute every active demand whose inputs have changed, one transaction each."""
    with reading() as session:
        stale = suggestions.stale_demands(session)
    return {"demands": len([refresh_matches(demand_id) for demand_id in stale])}


def alert_searches() -> dict[str, Any]:
    """Hold the saved searches against every open demand that has changed, one transaction each; found by state."""
    now = clock.utc_now()
    with reading() as session:
        waiting = searches.pending(session, now=now)
    alerts = 0
    for demand_id in waiting:
        with transaction() as session:
            alerts += search_alerts.run(session, demand_id, now=now)
    return {"search_alerts": alerts}


def tick(on: str | None = None) -> dict[str, Any]:
    """The daily round for a business date (ISO, default today in Beijing): reminders and overdue notices, once each."""
    now = clock.utc_now()
    day = dt.date.fromisoformat(on) if on else clock.legal_day(now)
    apply_tables(day.isoformat())
    sweep_attachments(now=now)
    compare_bids()
    counts = payment_round(day, now=now) | remedy_round(day, now=now) | question_round(day, now=now)
    counts |= alert_searches()
    with transaction() as session:
        counts |= award_rounds.run(session, today=day, now=now) | {
            "lying": lying.run(session, today=day, now=now),
            "trials": validation.end_due(session, today=day, now=now),
            "addresses_forgotten": mailing.forget_unconfirmed(session, now=now)}
    with transaction() as session:
        counts |= answers.run(session, today=day, now=now) | credentials.expiry_round(session, today=day, now=now)
        return notices.once_a_day(session, "tick", day, now=now, work=lambda: counts)


def compare_bids() -> dict[str, Any]:
    """Compare the bids of opened demands, each in a transaction of its own; remove traces whose time is over."""
    now = clock.utc_now()
    with reading() as session:
        waiting = collusion.waiting(session)
    for demand_id in waiting:
        with transaction() as session:
            collusion.scan(session, session.get_one(Demand, demand_id), now=now)
    with transaction() as session:
        return {"compared": len(waiting), "traces_removed": traces.purge(session, now=now)}


def apply_tables(on: str | None = None) -> dict[str, Any]:
    """Recompute what loaded tables of holidays and rates touch, each obligation in a transaction of its own."""
    now = clock.utc_now()
    today = dt.date.fromisoformat(on) if on else clock.legal_day(now)
    with reading() as session:
        waiting = reference_tables.unapplied(session)
    moved = 0
    for table_id in waiting:
        with reading() as session:
            concerned = recompute.outstanding(session, session.get_one(ReferenceTable, table_id), today=today)
        for obligation_id in concerned:
            with transaction() as session:
                moved += recompute.apply(session, table_id, obligation_id, today=today, now=now) is not None
        with transaction() as session:
            recount.recount(session, table_id, now=now)
            recompute.finish(session, table_id, now=now)
    return {"tables": len(waiting), "moved": moved}


def payment_round(day: dt.date, *, now: dt.datetime, engine: Engine | None = None) -> dict[str, Any]:
    """The payment clock's part of the daily round, each chunk in a transaction of its own: nobody waits for it long.

    It finds its work by state, so it is done on every call; what a chunk has said stays said if a later one fails.
    """
    counts: Counter[str] = Counter(obligations=0, moved=0, reminders=0, acceptance=0)
    with transaction(engine) as session:
        payment_tick.wake_provisional(session, today=day)
    gc.freeze()  # the collector need not walk the whole program again for the rows of each chunk
    try:
        while True:
            with transaction(engine) as session:
                found = payment_tick.take(session, today=day, now=now)
            if not found["obligations"]:
                return dict(counts)
            counts.update(found)
    finally:
        gc.unfreeze()


def remedy_round(day: dt.date, *, now: dt.datetime, engine: Engine | None = None) -> dict[str, Any]:
    """What follows late payments, each obligation in a transaction of its own, found by state on every call."""
    counts: Counter[str] = Counter()
    with reading(engine) as session:
        waiting = remedies.concerned(session, today=day)
    for obligation_id in waiting:
        with transaction(engine) as session:
            counts.update(remedies.follow(session, obligation_id, today=day, now=now))
    with transaction(engine) as session:
        counts["leads"] = retaliation.scan(session, today=day, now=now)
    return dict(counts)


def question_round(day: dt.date, *, now: dt.datetime, engine: Engine | None = None) -> dict[str, Any]:
    """Unanswered questions, each demand in a transaction of its own: asked for again, or the bid deadline moves."""
    counts: Counter[str] = Counter()
    with reading(engine) as session:
        waiting = question_rounds.demands_waiting(session, now=now)
    for demand_id in waiting:
        with transaction(engine) as session:
            counts.update(question_rounds.follow(session, demand_id, today=day, now=now))
    return dict(counts)


def sweep_attachments(*, now: dt.datetime) -> dict[str, Any]:
    """Files of bids that nobody needs any more: first their rows, committed, then what no row names."""
    with transaction() as session:
        counts = attachments.sweep(session, now=now)
    with transaction() as session:
        removed = attachments.remove_orphans(session, uploads.attachment_files(), now=now)
    return counts | {"attachment_files_removed": removed}


def send_mail() -> dict[str, Any]:
    """Hand waiting mails to the mail server; without one (SMTP_URL) they wait, and the operator's page says so."""
    settings, counts = current_app.extensions["settings"], Counter(sent=0, failed=0)
    while settings.smtp_url:
        with transaction() as session:
            batch = [(mail.id, mail.address, *notice_texts.mail(mail, public_url=settings.public_url),
                      notice_texts.unsubscribe(mail, public_url=settings.public_url))
                     for mail in outbox.take_up(session, now=clock.utc_now())]
        if not batch:
            break
        messages = [(number, mailer.message(sender=settings.mail_from, to=to, subject=subject, body=body,
                                            number=str(number), unsubscribe=leave))
                    for number, to, subject, body, leave in batch]
        for number, error in mailer.deliver(settings.smtp_url, messages):
            with transaction() as session:
                if error:
                    outbox.failed(session, number, error, now=clock.utc_now())
                else:
                    outbox.sent(session, number, now=clock.utc_now())
            counts["failed" if error else "sent"] += 1
    return dict(counts)


def propose_invitations() -> dict[str, Any]:
    """Work out the month's proposed invitations, unless that has been done."""
    now = clock.utc_now()
    with transaction() as session:
        if invitation_rounds.of_month(session, invitation_rounds.month_of(now)) is not None:
            return {"done_before": True}
        return {"proposed": invitation_rounds.propose(session, actor="system", now=now)}


@dataclass(frozen=True)
class Periodic:
    """A job that runs by the clock; `cron` is read in UTC (RQ does), Beijing is eight hours ahead."""

    job: str
    cron: str


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "alert_searches": alert_searches,
    "apply_tables": apply_tables,
    "compare_bids": compare_bids,
    "refresh_matches": refresh_matches,
    "refresh_stale_matches": refresh_stale_matches,
    "propose_invitations": propose_invitations,
    "send_mail": send_mail,
    "tick": tick,
}
PERIODIC = (Periodic("tick", "10 16 * * *"), Periodic("send_mail", "*/10 * * * *"),
            Periodic("refresh_stale_matches", "40 16 * * *"),
            Periodic("propose_invitations", "10 17 * * *"))


def enqueue(name: str, *args: Any) -> None:
    """Have a job done after the caller's transaction has been committed."""
    settings = current_app.extensions["settings"]
    if settings.redis_url:
        queue(settings.redis_url).enqueue("marketplace.jobs.perform", name, *args, result_ttl=86400)
    else:
        _in_process(current_app._get_current_object(), name, args)  # type: ignore[attr-defined]


def queue(redis_url: str) -> Any:
    """The RQ queue all our jobs go through."""
    from redis import Redis
    from rq import Queue

    return Queue(QUEUE, connection=Redis.from_url(redis_url))


def perform(name: str, *args: Any) -> dict[str, Any]:
    """What a worker runs: the job, inside an application made from the worker's environment."""
    from marketplace import worker_app

    with worker_app().app_context():
        return JOBS[name](*args)


def _in_process(app: Flask, name: str, args: tuple[Any, ...]) -> None:
    pool: ThreadPoolExecutor = app.extensions.setdefault("job_pool", ThreadPoolExecutor(1, "jobs"))
    futures: set[Future[Any]] = app.extensions.setdefault("job_futures", set())

    def work() -> None:
        with app.app_context():
            try:
                JOBS[name](*args)
            except Exception:
                log.exception("job %s%r failed; it is found again by state on its next run", name, args)

    future = pool.submit(work)
    futures.add(future)
    future.add_done_callback(futures.discard)


def drain(app: Flask) -> None:
    """Wait for the jobs running in this process."""
    for future in list(app.extensions.get("job_futures", ())):
        future.result()


def catch_up() -> None:
    """Without Redis nothing else watches the calendar: the first request of a Beijing day starts its tick."""
    if current_app.extensions["settings"].redis_url or current_app.extensions["settings"].testing:
        return
    today = clock.legal_day(clock.utc_now())
    if current_app.extensions.get("ticked_on") != today:
        current_app.extensions["ticked_on"] = today
        enqueue("tick", today.isoformat())
        enqueue("send_mail")


def pending(name: str) -> bool:
    """Whether jobs are running in this process right now, for a page that shows progress."""
    return bool(current_app.extensions.get("job_futures"))


__all__ = ["JOBS", "PERIODIC", "app_engine", "catch_up", "drain", "enqueue", "pending", "perform", "queue"]
