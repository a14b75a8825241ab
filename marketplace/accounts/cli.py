"""The first account of a house without the demo: nobody becomes operator through the pages."""
from __future__ import annotations

import os
import sys

import click
from flask.cli import AppGroup

from marketplace import clock, security
from marketplace.accounts import operations
from marketplace.accounts.models import Role
from marketplace.accounts.schemas import RegistrationForm
from marketplace.db import transaction
from marketplace.forms import field_title, parse
from marketplace.i18n import LANGUAGES, sentence
from marketplace.rules.errors import Problems

VARIABLE = "OPERATOR_PASSWORD"
operator = AppGroup("operator", help="The operator's organisation and its first person.")
commands: list[click.Command] = [operator]


@operator.command("create")
@click.option("--uscc", required=True, help="The operator's unified social credit code.")
@click.option("--organisation", required=True, help="The operator's legal name.")
@click.option("--region", required=True, help="Where the operator is.")
@click.option("--email", required=True, help="The first person's address, used to sign in.")
@click.option("--display-name", required=True, help="The first person's name.")
def create(**typed: str) -> None:
    """Register the operator. The password comes from OPERATOR_PASSWORD, a prompt, or one line of standard input."""
    try:
        values = parse(RegistrationForm(), {**typed, "password": _password()})
        password = values.pop("password")
        with transaction() as session:
            operations.register(session, operations.Registration(
                role=Role.OPERATOR, password_hash=security.hash_password(password), **values),
                now=clock.utc_now(), actor="system")
    except Problems as refused:
        for problem in refused:
            told = " | ".join(sentence(problem, lang) for lang in LANGUAGES)
            click.echo(f"{field_title(problem.field)}: {told}", err=True)
        raise SystemExit(2) from refused
    click.echo(f"已登记运营方 | operator registered: {values['organisation']} ({values['uscc']}), {values['email']}")


def _password() -> str:
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE]
    if sys.stdin.isatty():
        return click.prompt("密码 | password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")
