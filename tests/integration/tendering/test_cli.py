"""The operator's shell: making the opening keys once, and giving a share."""
from __future__ import annotations

import pytest
from flask import Flask

from marketplace import clock
from marketplace.db import app_engine, transaction
from marketplace.demand.models import Demand
from marketplace.tendering import keys, operations, queries, sealing
from tests.integration.tendering import market as m


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the operations behind the commands are tested on both."""
    return sqlite_url


def run(app: Flask, *arguments: str, secret: str = "", typed: str = ""):
    return app.test_cli_runner().invoke(args=["keys", *arguments], env={"OPENING_SECRET": secret}, input=typed)


def test_the_escrow_key_is_printed_once_and_stored_nowhere(app: Flask) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        operator = m.person(session, 0, "operator").organisation
    done = run(app, "init", "--operator", operator.uscc, typed="nine stone bridges\n")
    assert done.exit_code == 0
    private_key = sealing.key_from_text(done.stdout.strip())
    with app.app_context(), transaction(app_engine()) as session:
        assert keys.keys_ready(session)
        escrow = next(key for key in session.scalars(keys.select(keys.OpeningKey)) if key.holder == "escrow")
        assert (escrow.public_key, escrow.wrapped_private_key) == (sealing.public_key_of(private_key), None)
        for table in keys.OpeningKey.metadata.sorted_tables:
            for row in session.execute(table.select()):
                assert private_key not in [bytes(value) for value in row if isinstance(value, bytes)]
                assert done.stdout.strip() not in str(row)
    again = run(app, "init", "--operator", operator.uscc, secret="nine stone bridges")
    assert again.exit_code == 2
    assert "已经存在" in again.stderr


def test_a_short_passphrase_and_a_wrong_organisation_get_one_clear_line(app: Flask) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        operator = m.person(session, 0, "operator").organisation
        buyer = m.person(session, 1, "buyer", payer_type="sme").organisation
    for uscc, secret, said in ((operator.uscc, "short", "12 到 200"), (buyer.uscc, "nine stone bridges", "不是运营方"),
                               ("91330000000000000X", "nine stone bridges", "没有统一社会信用代码")):
        refused = run(app, "init", "--operator", uscc, secret=secret)
        assert (refused.exit_code, len(refused.stderr.strip().splitlines())) == (2, 1)
        assert said in refused.stderr


def test_shares_given_from_the_shell_open_the_bids(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: m.AFTER)
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
        operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.NOW)
    contribute = ("contribute", "--demand", market.demand.code, "--holder")
    wrong = run(app, *contribute, "operator", secret="wrong passphrase")
    assert wrong.exit_code == 2
    assert "口令不对" in wrong.stderr
    assert run(app, *contribute, "operator", typed=f"{m.OPERATOR_PASSPHRASE}\n").exit_code == 0
    done = run(app, *contribute, "escrow", secret=market.escrow)
    assert "已开标" in done.stdout
    with app.app_context(), transaction(app_engine()) as session:
        assert len(queries.opened_bids(session, session.get_one(Demand, market.demand.id))) == 1
