"""flask import demands: a buyer's list from a file."""
from __future__ import annotations

from pathlib import Path

import click

from marketplace import clock
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role
from marketplace.cli import fail, imports
from marketplace.db import transaction
from marketplace.demand import imports as files
from marketplace.demand import operations
from marketplace.demand.drafts import TermsDraft
from marketplace.i18n import sentence
from marketplace.rules import uscc
from marketplace.rules.errors import Problems, RuleViolation

commands: list[click.Command] = []


@imports.command("demands")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--buyer", required=True, help="The buyer's unified social credit code (18 characters).")
@click.option("--term-days", type=click.IntRange(0, 3650), help="Payment term; default the statutory one.")
@click.option("--acceptance-days", type=click.IntRange(1, 365), default=15, show_default=True,
              help="Acceptance period; the payment term runs from the day acceptance passes.")
@click.option("--settlement-days", type=click.IntRange(1, 365),
              help="The term runs from the confirmed settlement, which the buyer owes within these days.")
@click.option("--over-60-reason", help="Why a large enterprise agrees on more than 60 days; published.")
def import_demands(file: Path, buyer: str, term_days: int | None, acceptance_days: int,
                   settlement_days: int | None, over_60_reason: str | None) -> None:
    """Store every demand of a JSONL, CSV or Excel FILE as a draft of a registered buyer, all or none.

    Exit 2 with every bad row when something is wrong; nothing is stored then.
    """
    terms = TermsDraft(term_days=term_days, acceptance_period_days=acceptance_days, over_60_reason=over_60_reason,
                       start_basis="settlement" if settlement_days else "acceptance",
                       settlement_period_days=settlement_days)
    try:
        data = file.read_bytes()
    except OSError as error:
        fail(f"{file}: 无法读取（{error.strerror}）。 / cannot be read ({error.strerror}).")
    try:
        code = uscc.check(buyer)
        found = files.read_demands(data, file.name, terms)
        with transaction() as session:
            organisation = accounts.organisation_by_uscc(session, code)
            if organisation is None or organisation.role != Role.BUYER:
                fail(f"--buyer {code}: 没有这个采购方，请先注册。 / no such buyer, register it first.")
            done = operations.import_demands(session, found.drafts, actor="cli", now=clock.utc_now(),
                                             buyer=organisation)
    except Problems as problems:
        for problem in problems:
            click.echo(f"{file}:{problem.row or 0}: {problem.field}: {sentence(problem, 'zh')} / "
                       f"{sentence(problem, 'en')}", err=True)
        fail(f"没有导入任何需求（{len(problems.problems)} 处问题）。 / Nothing was imported.")
    except RuleViolation as violation:
        fail(f"{sentence(violation, 'zh')} / {sentence(violation, 'en')}")
    click.echo(f"新增 {len(done.created)}，更新 {len(done.updated)}，未变 {len(done.unchanged)} / "
               f"created {len(done.created)}, updated {len(done.updated)}, unchanged {len(done.unchanged)}")
