"""The books from a shell."""
from __future__ import annotations

import sys
from itertools import islice

import click
from flask.cli import AppGroup

from marketplace import clock
from marketplace.db import reading, transaction
from marketplace.i18n import t
from marketplace.ledger import queries, texts
from marketplace.payments import books

ledger = AppGroup("ledger", help="The double-entry journal of claims and money.")
commands = [ledger]
MOST_FAULTS = 1000


@ledger.command("verify")
def verify() -> None:
    """Compute every entry and obligation again; exit 1 and name what disagrees."""
    with reading() as session:
        faults = list(islice(books.faults(session, today=clock.legal_day(clock.utc_now())), MOST_FAULTS))
        if not faults:
            click.echo(t("ledger.cli.sound", count=queries.size(session)))
            return
    for fault in faults:
        click.echo(" · ".join([texts.where(fault), texts.reason(fault), *texts.figures(fault)]), err=True)
    sys.exit(1)


@ledger.command("post")
def post() -> None:
    """Bring obligations from before the journal into it; what stands in it already is left alone."""
    with transaction() as session:
        click.echo(t("ledger.cli.booked", count=books.book_all(session, actor="system", now=clock.utc_now())))
