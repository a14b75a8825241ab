"""flask matching: compute suggestions from a shell."""
from __future__ import annotations

import time

import click
from flask.cli import AppGroup

from marketplace import clock
from marketplace.db import reading, transaction
from marketplace.suggestions import operations

matching = AppGroup("matching", help="Suggestions: who fits which demand.")
commands: list[click.Command] = [matching]


@matching.command("refresh")
def refresh() -> None:
    """Compute the suggestions of every active demand whose content, founders or engine have changed."""
    began = time.monotonic()
    with reading() as session:
        stale = operations.stale_demands(session)
    for done, demand_id in enumerate(stale, start=1):
        with transaction() as session:
            operations.refresh(session, demand_id, now=clock.utc_now())
        click.echo(f"\r{done}/{len(stale)}", nl=False, err=True)
    if stale:
        click.echo("", err=True)
    click.echo(f"已更新 {len(stale)} 条需求的匹配 / matches refreshed for {len(stale)} demands "
               f"({time.monotonic() - began:.1f} s)")
