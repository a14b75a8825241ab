"""`flask payment-term …`: findings of law from a shell, with or without a database."""
from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from marketplace import reference
from marketplace.db import reading
from marketplace.rules.assess import Tables, assess_case, cases_of
from marketplace.rules.errors import Invalid

payment_term_cli = AppGroup("payment-term", help="Payment terms and late interest under the law.")
commands = [payment_term_cli]
CANNOT_READ = 2


@payment_term_cli.command("assess", with_appcontext=False)
@click.argument("facts", metavar="FACTS.json", type=click.Path(path_type=Path, allow_dash=True))
def assess(facts: Path) -> None:
    """Print the findings of every case in FACTS.json ("-": standard input), one JSON object per line.

    The tables are the operator's newest; without a database, or one of an older schema, those we ship.
    Exit 0 when every case was assessed, 2 when the file or a case could not be read.
    """
    try:
        tables = _tables()
    except reference.ReferenceTableError as error:
        _fail(str(error))
    unread = 0
    for case in _cases(facts):
        found = assess_case(case, tables)
        unread += "error" in found
        # A lone surrogate in a case's own text goes out as it came in: as a JSON escape.
        click.echo(json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    if unread:
        sys.exit(CANNOT_READ)


def _tables() -> Tables:
    flask = click.get_current_context().find_object(ScriptInfo)
    if flask is None:
        return _shipped()
    app = flask.load_app()
    # Looking must not make a database where there is none.
    url = make_url(app.extensions["settings"].database_url)
    if url.get_backend_name() != "sqlite" or (url.database and Path(url.database).is_file()):
        try:
            with app.app_context(), reading():
                return Tables(reference.calendar(), reference.lpr_table())
        except SQLAlchemyError:
            click.echo("payment-term assess: no tables in the database, the shipped ones are used", err=True)
    return _shipped()


def _shipped() -> Tables:
    return Tables(reference.calendar(reference.SEED_PATH), reference.lpr_table(reference.SEED_PATH))


def _cases(path: Path) -> list[Any]:
    shown = "standard input" if str(path) == "-" else str(path)
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return cases_of(json.loads(raw, parse_float=Decimal))
    except OSError as error:
        _fail(f"{shown}: cannot be read: {error.strerror}. Give the path of a JSON file with cases.")
    except UnicodeDecodeError:
        _fail(f"{shown}: not text in UTF-8. Save the file as UTF-8 JSON.")
    except (ValueError, RecursionError) as error:
        _fail(f"{shown}: not JSON: {error}. Nothing was assessed.")
    except Invalid:
        _fail(f"{shown}: no cases: a list is needed, or an object with a list under \"vectors\".")


def _fail(message: str) -> NoReturn:
    click.echo(f"payment-term assess: {message}", err=True)
    sys.exit(CANNOT_READ)


commands: list[click.Command] = [payment_term_cli]
