"""`flask reference …`: load a table from a shell, after looking at what it changes."""
from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace import clock, jobs, reference
from marketplace.db import reading, transaction
from marketplace.i18n import sentence
from marketplace.payments import recompute
from marketplace.reference_tables import files
from marketplace.reference_tables import operations as tables
from marketplace.rules.errors import Problems, RuleViolation
from marketplace.rules.reference_tables import TableKind

reference_cli = AppGroup("reference", help="The tables of holidays and rates.")
commands: list[click.Command] = [reference_cli]
SHOWN = 20


@reference_cli.command("show")
def show() -> None:
    """The tables in force and what is missing."""
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        for kind in TableKind:
            found = reference.in_force(session, kind)
            click.echo(f"{kind}\tversion {found.version}\t{found.hash[:12]}\t{found.source}")
        lacking = tables.lacking(today=today)
    for year in lacking.years:
        click.echo(f"missing\tholidays\t{year}")
    for month in lacking.months:
        click.echo(f"missing\tlpr\t{month:%Y-%m}")


@reference_cli.command("load")
@click.argument("kind", type=click.Choice([kind.value for kind in TableKind]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--source", default="", help="Where the table comes from, if the file does not say.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--actor", default="operator", help="Who loads it, for the audit chain.")
def load(kind: str, file: Path, source: str, dry_run: bool, actor: str) -> None:
    """Load holidays or the LPR from FILE (JSON as the shipped table, or CSV), and recompute what it touches."""
    table, today, now = TableKind(kind), clock.legal_day(clock.utc_now()), clock.utc_now()
    try:
        document = files.read_table(table, file.read_bytes(), file.name, source=source)
        with reading() as session:
            found = tables.draft(session, table, document, source=source or files.named_source(document))
            moved = list(itertools.islice(recompute.touched(session, found.before, found.after, as_of=today), SHOWN))
        _tell(found, moved)
        if dry_run:
            return
        with transaction() as session:
            tables.load(session, table, document, source=found.after.source, upon=found.before.version, actor=actor,
                        now=now)
    except OSError as error:
        _fail([f"{file}: cannot be read: {error.strerror}"])
    except Problems as faults:
        _fail([f"{f'row {p.row} ' if p.row else ''}{p.field}: {sentence(p, 'en')}" for p in faults])
    except RuleViolation as refused:
        _fail([sentence(refused, "en")])
    with current_app.app_context():
        done = jobs.apply_tables()
    click.echo(f"loaded {kind} version {found.after.version}; {done['moved']} obligations recomputed")


def _tell(found: tables.Draft, moved: list[recompute.Moved]) -> None:
    changes = found.changes
    click.echo(f"version {found.before.version} -> {found.after.version}: {len(changes.days)} days, "
               f"years {list(changes.years)}, {len(changes.quotes)} quotes")
    for one in moved:
        click.echo(f"{one.number}\tdue {one.due_before} -> {one.due_on}\tinterest {one.interest_before_fen} -> "
                   f"{one.interest_fen} fen")
    if len(moved) == SHOWN:
        click.echo("… and perhaps more")


def _fail(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(f"reference load: {line}", err=True)
    sys.exit(2)
