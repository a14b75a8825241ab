"""flask matching and flask export: suggestions, proposals and what became of them, from a shell."""
from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace import clock
from marketplace.db import reading, transaction
from marketplace.founders import queries as founders
from marketplace.suggestions import facts, operations, outcomes, pairing, rounds

matching = AppGroup("matching", help="Suggestions: who fits which demand.")
export = AppGroup("export", help="Files for the matching engine and for others to check.")
commands: list[click.Command] = [matching, export]


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


@matching.command("propose")
def propose() -> None:
    """Work out this month's proposed invitations anew, over all open demands at once."""
    now = clock.utc_now()
    with transaction() as session:
        count = rounds.propose(session, actor="system", now=now)
    click.echo(f"{rounds.month_of(now)}: 建议邀请 {count} 条 / {count} invitations proposed")


@export.command("outcomes")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="JSONL file to write")
@click.option("--demands", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="write the demands the outcomes name as well")
@click.option("--profiles", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="write the profiles the outcomes name as well")
def export_outcomes(out: Path, demands: Path | None, profiles: Path | None) -> None:
    """What became of suggestions: one line {demand_id, profile_id, position, propensity, event, on} for each thing
    that happened. `python -m matching train --outcomes` reads it, with the demands and profiles beside it."""
    with reading() as session:
        found = outcomes.all_outcomes(session, now=clock.utc_now())
        _write(out, (one.as_row() for one in found))
        if demands is not None:
            _write(demands, (asdict(pairing.demand_facts(row)) for row in outcomes.published(session)))
        if profiles is not None:
            _write(profiles, (asdict(facts.profile_facts(row)) for row in founders.all_profiles(session)))
    click.echo(f"{out}: {len(found)}")


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False, default=sorted) for row in rows]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error}") from error
