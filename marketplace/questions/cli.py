"""flask questions: naming the company behind a hidden question, for dealing with abuse."""
from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace import clock
from marketplace.db import transaction
from marketplace.demand import queries as demands
from marketplace.i18n import sentence
from marketplace.questions import operations
from marketplace.rules.errors import RuleViolation

group = AppGroup("questions", help="Questions about demands.")
commands: list[click.Command] = [group]


@group.command("reveal-asker")
@click.option("--demand", "code", required=True, help="The demand's code, JB-….")
@click.option("--number", type=int, required=True, help="The question's number.")
@click.option("--reason", required=True, help="Why; written into the audit chain.")
def reveal_asker(code: str, number: int, reason: str) -> None:
    """Say which company asked a hidden question. No page and no API call does; this one leaves an audit entry."""
    try:
        with transaction() as session:
            company = operations.reveal_asker(session, demands.by_code(session, code), number, reason,
                                              actor="operator:shell", now=clock.utc_now())
            said = f"{company.uscc} {company.name}"
    except RuleViolation as violation:
        click.echo(f"{sentence(violation, 'zh')} / {sentence(violation, 'en')}", err=True)
        raise SystemExit(2) from violation
    click.echo(said)
