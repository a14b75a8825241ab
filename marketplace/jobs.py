"""Background jobs: thin functions taking ids, safe to run twice; on RQ with Redis, in process without."""
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from marketplace import clock
from marketplace.db import app_engine, reading, transaction
from marketplace.notices import operations as notices
from marketplace.payments import tick as payment_tick
from marketplace.suggestions import operations as suggestions

log = logging.getLogger(__name__)
QUEUE = "jiebang"


def refresh_matches(demand_id: int) -> dict[str, Any]:
    """Recompute the suggestions of one demand when its inputs have changed."""
    with reading() as session:
        suggestions.warm(session)  # no write transaction waits while the engine is built
    with transaction() as session:
        return {"stored": suggestions.refresh(session, demand_id, now=clock.utc_now())}


def refresh_stale_matches() -> dict[str, Any]:
    """Recompute every active demand whose inputs have changed, one transaction each."""
    with reading() as session:
        stale = suggestions.stale_demands(session)
    return {"demands": len([refresh_matches(demand_id) for demand_id in stale])}


def tick(on: str | None = None) -> dict[str, Any]:
    """The daily round for a business date (ISO, default today in Beijing): reminders and overdue notices, once each."""
    now = clock.utc_now()
    day = dt.date.fromisoformat(on) if on else clock.legal_day(now)
    with transaction() as session:
        return notices.once_a_day(session, "tick", day, now=now,
                                  work=lambda: payment_tick.run(session, today=day, now=now))


@dataclass(frozen=True)
class Periodic:
    """A job that runs by the clock; `cron` is read in UTC (RQ does), Beijing is eight hours ahead."""

    job: str
    cron: str


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "refresh_matches": refresh_matches,
    "refresh_stale_matches": refresh_stale_matches,
    "tick": tick,
}
PERIODIC = (Periodic("tick", "10 16 * * *"), Periodic("refresh_stale_matches", "40 16 * * *"))


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


def pending(name: str) -> bool:
    """Whether jobs are running in this process right now, for a page that shows progress."""
    return bool(current_app.extensions.get("job_futures"))


__all__ = ["JOBS", "PERIODIC", "app_engine", "catch_up", "drain", "enqueue", "pending", "perform", "queue"]
