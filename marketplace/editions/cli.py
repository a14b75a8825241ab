"""flask editions: list, freeze, publish, export, verify, and look back from a shell."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role, User
from marketplace.cli import fail
from marketplace.db import reading, transaction
from marketplace.editions import document as documents
from marketplace.editions import ocds, operations, queries, recap, texts
from marketplace.editions.models import Edition
from marketplace.editions.schemas import RecapOut
from marketplace.i18n import sentence
from marketplace.rules.errors import NotFound, Problems, RuleViolation

editions_group = AppGroup("editions", help="Monthly editions; a month is written 2026-11.")
commands: list[click.Command] = [editions_group]
FORMATS = ("json", "csv", "xlsx", "pdf", "ocds")


@editions_group.command("list")
def show_all() -> None:
    """Every edition: month, number, state, demands, checksum."""
    with reading() as session:
        for one in queries.every(session):
            count = len(one.document["items"]) if one.document else len(one.items)
            click.echo(f"{one.name}\t{one.number}\t{one.status}\t{count}\t{one.document_hash or '-'}")


def _any(session: Session, month: str) -> Edition:
    """An edition in any state: whoever has a shell here may see it. Raises NotFound."""
    return queries.draft(session, month)


def _operator(session: Session) -> User:
    """The first person of the operator; what is done from the shell is written down in their name."""
    people = accounts.people_of_role(session, Role.OPERATOR)
    if not people:
        fail("没有运营方账户，请先建立。 / There is no operator; create one first.")
    return people[0]


def _refused(violation: RuleViolation) -> None:
    for one in violation.problems if isinstance(violation, Problems) else [violation]:
        click.echo(f"{sentence(one, 'zh')} / {sentence(one, 'en')}", err=True)
    raise SystemExit(2)


@editions_group.command("freeze")
@click.argument("month")
def freeze(month: str) -> None:
    """Check, fix and hash an edition. Exit 2 with every failing check."""
    _change(month, operations.freeze)


@editions_group.command("publish")
@click.argument("month")
def publish(month: str) -> None:
    """Show a frozen edition to everyone."""
    _change(month, operations.publish)


def _change(month: str, act: Any) -> None:
    try:
        with transaction() as session:
            done = act(session, _any(session, month), actor=_operator(session), now=clock.utc_now())
            click.echo(f"{done.name}\t{done.status}\t{done.document_hash}")
    except RuleViolation as violation:
        _refused(violation)


@editions_group.command("export")
@click.argument("month")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, allow_dash=True), default="-", help="A file; default: stdout.")
def export(month: str, kind: str, lang: str, out: Path) -> None:
    """Write an edition as a file; json gives the bytes its checksum was taken of."""
    now, settings = clock.utc_now(), current_app.extensions["settings"]
    try:
        with reading() as session:
            edition = _any(session, month)
            said = operations.document_of(session, edition, now=now)
            if kind == "json":
                body = documents.canonical(said)
            elif kind == "ocds":
                edition = queries.published_one(session, month)
                body = documents.canonical(ocds.package(session, edition, public_url=settings.public_url, now=now))
            else:
                body, _ = texts.file_of(kind, said, edition.document_hash or documents.digest(said), lang=lang,
                                        published_at=edition.published_at,
                                        cancelled=queries.cancelled_since(session, edition))
    except NotFound as violation:
        _refused(violation)
    with click.open_file(str(out), "wb") as file:
        file.write(body)


@editions_group.command("verify")
@click.argument("month")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A downloaded JSON file to hold against the stored checksum.")
def verify(month: str, path: Path | None) -> None:
    """Recompute an edition's checksum from what is stored, or from a file. Exit 1 when it differs."""
    try:
        with reading() as session:
            edition = _any(session, month)
            if edition.document is None:
                fail(f"{month}: 还没有定稿。 / is not frozen yet.")
            stored, body = edition.document_hash, path.read_bytes() if path else documents.canonical(edition.document)
    except NotFound as violation:
        _refused(violation)
    found = hashlib.sha256(body).hexdigest()
    click.echo(f"{found}\t{'一致 / the same' if found == stored else f'不一致，应为 / differs from {stored}'}")
    if found != stored:
        raise SystemExit(1)


@editions_group.command("recap")
@click.argument("month")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The end of a day; default today in Beijing.")
def look_back(month: str, as_of: dt.datetime | None) -> None:
    """How a published edition had turned out by the end of a day, as JSON."""
    now = clock.utc_now()
    try:
        with reading() as session:
            found = recap.of_edition(session, queries.published_one(session, month), now=now,
                                     as_of=as_of.date() if as_of else clock.legal_day(now))
            click.echo(json.dumps(RecapOut().dump(found), ensure_ascii=False))
    except RuleViolation as violation:
        _refused(violation)
