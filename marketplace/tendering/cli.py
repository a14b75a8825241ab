"""flask keys: the operator's opening keys, and giving a share from the shell."""
from __future__ import annotations

import os
import sys

import click
from flask.cli import AppGroup

from marketplace import clock
from marketplace.accounts import queries as accounts
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.i18n import sentence
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import keys, operations, secret_sharing

SECRET = "OPENING_SECRET"  # noqa: S105  the name of the environment variable, not its value
SHELL = "operator:shell"

keys_group = AppGroup("keys", help="Keys that open sealed bids.")
commands: list[click.Command] = [keys_group]


@keys_group.command("init")
@click.option("--operator", "uscc", required=True, help="USCC of the operator's organisation.")
def init(uscc: str) -> None:
    """Make the operator's and the escrow key. The escrow key is printed once, here, and stored nowhere."""
    with reading() as session:
        organisation = accounts.organisation_by_uscc(session, uscc)
    if organisation is None:
        _fail(f"没有统一社会信用代码为 {uscc} 的单位。 / There is no organisation with the code {uscc}.")
    passphrase = _secret("运营方开标口令 / the operator's opening passphrase", confirm=True)
    try:
        with transaction() as session:
            escrow = keys.create_platform_keys(session, organisation.id, passphrase, now=clock.utc_now())
    except RuleViolation as violation:
        _fail(_both(violation))
    click.echo("托管密钥只显示这一次，请抄写并交第三方离线保管： / "
               "This escrow key is shown once; give it to a third party to keep off-line:", err=True)
    click.echo(escrow)


@keys_group.command("contribute")
@click.option("--demand", "code", required=True, help="The demand's code, JB-….")
@click.option("--holder", type=click.Choice([keys.BUYER, keys.OPERATOR, keys.ESCROW]), required=True)
def contribute(code: str, holder: str) -> None:
    """Give one holder's share of a demand's key; the second share opens the bids."""
    secret = _secret("托管密钥 / escrow key" if holder == keys.ESCROW else "开标口令 / opening passphrase")
    now = clock.utc_now()
    try:
        with transaction() as session:
            operations.register_attempt(session, demands.by_code(session, code), holder=holder, actor=SHELL, now=now)
        with transaction() as session:
            given = operations.contribute_share(session, demands.by_code(session, code), holder=holder, secret=secret,
                                                actor=SHELL, now=now)
    except RuleViolation as violation:
        _fail(_both(violation))
    opened = given >= secret_sharing.THRESHOLD
    click.echo("已开标 / bids opened" if opened else f"已交 {given} 份 / {given} share given, one more opens the bids")


def _secret(what: str, *, confirm: bool = False) -> str:
    """From OPENING_SECRET, else one line of standard input, asked for without echo on a terminal."""
    if os.environ.get(SECRET):
        return os.environ[SECRET]
    if sys.stdin.isatty():
        return click.prompt(what, hide_input=True, confirmation_prompt=confirm)
    return sys.stdin.readline().rstrip("\r\n")


def _both(violation: RuleViolation) -> str:
    return f"{sentence(violation, 'zh')} / {sentence(violation, 'en')}"


def _fail(message: str) -> None:
    click.echo(message, err=True)
    raise SystemExit(2)
