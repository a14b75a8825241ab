"""flask commands that belong to the whole house: database, demo, workers, audit."""
from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from marketplace import clock, jobs, migrate
from marketplace.audit import operations as audit
from marketplace.db import reading

db = AppGroup("db", help="The database's schema.")
audit_group = AppGroup("audit", help="The audit chain.")
imports = AppGroup("import", help="Demands and profiles from files; each folder adds its own.")


def init_app(app: Flask, commands: list[click.Command]) -> None:
    """Register our commands and those of each folder."""
    for command in (db, audit_group, imports, tick, worker, scheduler, *commands):
        app.cli.add_command(command)


@db.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to a revision (default: the newest)."""
    migrate.upgrade(_url(), revision)
    click.echo(f"schema at {migrate.current(_url())}")


@db.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to a revision; 'base' empties it."""
    migrate.downgrade(_url(), revision)
    click.echo(f"schema at {migrate.current(_url())}")


def _url() -> str:
    return current_app.extensions["settings"].database_url


@click.command("tick")
@click.option("--on", "day", help="Business date, YYYY-MM-DD; default today in Beijing.")
def tick(day: str | None) -> None:
    """Do the daily round: reminders and overdue notices, each once."""
    try:
        on = dt.date.fromisoformat(day) if day else clock.legal_day(clock.utc_now())
    except ValueError:
        fail(f"--on {day!r} 不是日期，请写成 2026-01-31。 / is not a date: write it like 2026-01-31.")
    with current_app.app_context():
        click.echo(jobs.tick(on.isoformat()))


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when the queue is empty.")
def worker(burst: bool) -> None:
    """Work through the job queue on Redis (REDIS_URL)."""
    from rq import Worker

    queue = jobs.queue(_redis_url())
    Worker([queue], connection=queue.connection).work(burst=burst)


@click.command("scheduler")
def scheduler() -> None:
    """Put the periodic jobs on the queue by the clock. Run one: two queue each job twice (still done once)."""
    from rq.cron import CronScheduler

    cron = CronScheduler(connection=jobs.queue(_redis_url()).connection)
    for periodic in jobs.PERIODIC:
        cron.register(jobs.perform, jobs.QUEUE, args=(periodic.job,), cron=periodic.cron)
    for periodic in jobs.PERIODIC:  # what was missed while nobody watched is found by state
        jobs.enqueue(periodic.job)
    cron.start()


def _redis_url() -> str:
    url = current_app.extensions["settings"].redis_url
    if not url:
        fail("未设置 REDIS_URL，无需 worker。 / REDIS_URL is not set: jobs run in the web process, no worker needed.")
    return url


@audit_group.command("verify")
@click.option("--anchor", help="SEQ:HASH printed earlier by `audit anchor` and kept elsewhere.")
def verify(anchor: str | None) -> None:
    """Walk the chain; exit 1 and name the first entry that was changed, removed or reordered."""
    kept = None
    if anchor:
        seq, _, kept_hash = anchor.partition(":")
        if not seq.isdigit() or len(kept_hash) != 64:
            fail("--anchor 须为 序号:哈希。 / --anchor must be SEQ:HASH as printed by `audit anchor`.")
        kept = (int(seq), kept_hash)
    with reading() as session:
        found = audit.verify(session, anchor=kept)
    if found.intact:
        click.echo(f"审计链完整 / audit chain intact: {found.entries} entries, head {found.head}")
        return
    click.echo(f"审计链在第 {found.seq} 条被破坏 / audit chain broken at entry {found.seq}: {found.reason}", err=True)
    sys.exit(1)


@audit_group.command("anchor")
def anchor() -> None:
    """Print SEQ:HASH of the chain's end, to be kept outside this database."""
    with reading() as session:
        found = audit.verify(session)
    click.echo(f"{found.entries}:{found.head}")


def fail(message: str, status: int = 2) -> Any:
    """One clear line and a non-zero end."""
    click.echo(message, err=True)
    raise SystemExit(status)
