"""flask import profiles: founders' profiles from a file."""
from __future__ import annotations

from pathlib import Path

import click

from marketplace import clock, jobs
from marketplace.cli import fail, imports
from marketplace.db import transaction
from marketplace.founders import imports as files
from marketplace.founders import operations
from marketplace.i18n import sentence
from marketplace.rules.errors import Problems

commands: list[click.Command] = []


@imports.command("profiles")
@click.argument("file", type=click.Path(path_type=Path))
def import_profiles(file: Path) -> None:
    """Save the profiles of registered founders from a JSONL file, all or none.

    Each line needs "uscc" (the founder's credit code) or the "id" of a profile imported before. Nobody is registered
    from a file: a founder registers on the site and declares the company's size.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        fail(f"{file}: 无法读取（{error.strerror}）。 / cannot be read ({error.strerror}).")
    try:
        records = files.read_many(data, file.name)
        with transaction() as session:
            done = operations.import_profiles(session, records, actor="cli", now=clock.utc_now())
    except Problems as problems:
        for problem in problems:
            click.echo(f"{file}:{problem.row or 0}: {problem.field}: {sentence(problem, 'zh')} / "
                       f"{sentence(problem, 'en')}", err=True)
        fail(f"没有导入任何档案（{len(problems.problems)} 处问题）。 / Nothing was imported.")
    click.echo(f"新增 {done.created}，更新 {done.changed}，未变 {done.unchanged} / created {done.created}, "
               f"changed {done.changed}, unchanged {done.unchanged}")
    jobs.JOBS["refresh_stale_matches"]()
