"""flask evaluation check: whether every closed scoring still is what it was closed with."""
from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from marketplace.db import reading
from marketplace.evaluation import operations

evaluation_group = AppGroup("evaluation", help="Scoring by panels.")
commands: list[click.Command] = [evaluation_group]


@evaluation_group.command("check")
def check() -> None:
    """Hold the scores of every closed round against the hash it was closed with; exit 1 when one differs."""
    with reading() as session:
        found = [(of.demand.code, of.number) for of in operations.altered(session)]
    for code, number in found:
        click.echo(f"{code}: 第 {number} 轮的分数与锁定时不一致。 / The scores of round {number} were altered.",
                   err=True)
    if found:
        sys.exit(1)
    click.echo("所有已锁定的评分都与锁定时一致。 / Every closed scoring is as it was closed.")
