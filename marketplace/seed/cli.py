"""flask commands of the demo market, and the one that gets everything ready before serving."""
from __future__ import annotations

import sys

import click
from flask import current_app

from marketplace import clock, i18n, jobs, migrate, security, uploads
from marketplace.accounts import operations as accounts
from marketplace.accounts.models import Role, User
from marketplace.cli import fail
from marketplace.db import reading, transaction
from marketplace.payments import books
from marketplace.seed import market
from marketplace.seed.cast import DEMO_DOMAIN, OPERATOR_PASSPHRASE, PASSPHRASE, PASSWORD
from marketplace.suggestions import operations as suggestions


@click.command("seed")
@click.option("--if-empty", is_flag=True, help="Do nothing, successfully, when anybody has registered already.")
def seed(if_empty: bool) -> None:
    """Fill an empty database with the demo market, dated relative to today."""
    if not _seeded() and not if_empty:
        fail("数据库里已有数据，没有写入演示市场。 | The database is not empty; the demo market was not written.")


def _seeded() -> bool:
    settings = current_app.extensions["settings"]
    with reading() as session:
        if not market.is_empty(session):
            return False
    click.echo("写入演示市场 | seeding the demo market")
    with transaction() as session:
        escrow = market.seed(session, settings.seed_path, password_hash=security.hash_password(PASSWORD),
                             now=clock.utc_now(), files=uploads.trial_files())
    click.echo(f"离线托管密钥只显示这一次，请另存 | escrow key, shown only now, keep it off-line: {escrow}")
    return True


@click.command("demo-signins")
def demo_signins() -> None:
    """Print who can sign in to the demo market."""
    if not (people := _demo_people()):
        fail("这不是演示市场。 | This is not the demo market.", 1)
    _print(people)


def _demo_people() -> list[User]:
    with reading() as session:
        people = [user for user in accounts.demo_accounts(session) if user.email.endswith(DEMO_DOMAIN)]
    order = list(Role)
    return sorted(people, key=lambda user: (order.index(Role(user.role)), user.email))


def _print(people: list[User]) -> None:
    click.echo(f"演示账户（密码均为 {PASSWORD}） | demo sign-ins (password for all: {PASSWORD})")
    for user in people:
        role = f"{i18n.t(f'enum.Role.{user.role}', 'zh')} {user.role}"
        click.echo(f"  {user.email:<36} {role:<14} {user.organisation.name}")
    click.echo(f"开标口令 | opening passphrases: {PASSPHRASE} (buyers), {OPERATOR_PASSPHRASE} (operator)")


@click.command("prepare")
@click.option("--demo/--no-demo", default=True, help="Whether to fill an empty database with the demo market.")
def prepare(demo: bool) -> None:
    """Everything before serving: migrate, seed when empty, match, do today's round, print the sign-ins."""
    url = current_app.extensions["settings"].database_url
    if migrate.current(url) != migrate.head():
        migrate.upgrade(url)
        with transaction() as session:  # what an older version wrote has no journal entries yet
            books.book_all(session, actor="system", now=clock.utc_now())
    if demo:
        _seeded()
    _match()
    jobs.propose_invitations()
    jobs.tick()
    if people := _demo_people():
        _print(people)


def _match() -> None:
    with reading() as session:
        stale = suggestions.stale_demands(session)
    for done, demand_id in enumerate(stale, start=1):
        jobs.refresh_matches(demand_id)
        if sys.stdout.isatty() or done == len(stale):
            click.echo(f"\r计算匹配 | matching {done}/{len(stale)}", nl=done == len(stale))


commands = [seed, demo_signins, prepare]
