"""flask import demands: an operator brings in a buyer's list from a shell."""
from __future__ import annotations

import json

import pytest

from marketplace.db import reading
from marketplace.demand import queries

RECORD = {"id": "WX-1", "title": "管网漏损定位", "description": "三个月内缩小到五十米以内。", "budget_fen": 18000000,
          "deadline_days": 90}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The command is the same on every database."""
    return sqlite_url


@pytest.fixture
def run(app, tmp_path):
    """``run(text, *options)``: the outcome of the command on a file with this text."""
    def command(text: str, *options: str):
        path = tmp_path / "list.jsonl"
        path.write_text(text, encoding="utf-8")
        return app.test_cli_runner().invoke(args=["import", "demands", str(path), *options])

    return command


def stored(app, door) -> int:
    with app.app_context(), reading() as session:
        return len(queries.of_buyer(session, door.user.organisation_id))


def test_a_list_is_stored_for_the_named_buyer(app, visit, run) -> None:
    door = visit("government")
    done = run(json.dumps(RECORD), "--buyer", door.user.organisation.uscc)
    assert (done.exit_code, stored(app, door)) == (0, 1), done.output
    assert "created 1" in done.output


def test_every_bad_row_is_printed_with_file_row_and_column_and_nothing_is_stored(app, visit, run) -> None:
    door = visit("government")
    lines = (RECORD, RECORD | {"id": "2", "budget_fen": 0}, RECORD | {"id": "3", "title": ""})
    done = run("\n".join(map(json.dumps, lines)), "--buyer", door.user.organisation.uscc)
    assert (done.exit_code, stored(app, door)) == (2, 0)
    assert "list.jsonl:2: budget_fen" in done.output
    assert "list.jsonl:3: title" in done.output


def test_unlawful_terms_are_refused_with_the_article(app, visit, run) -> None:
    door = visit("government")
    done = run(json.dumps(RECORD), "--buyer", door.user.organisation.uscc, "--term-days", "75")
    assert (done.exit_code, "第九条第一款" in done.output, stored(app, door)) == (2, True, 0)


@pytest.mark.parametrize("buyer", ["91330106673959654P", "not a code", ""])
def test_an_unknown_or_mistyped_buyer_gets_one_clear_line(run, buyer) -> None:
    done = run(json.dumps(RECORD), "--buyer", buyer)
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1


def test_a_missing_file_gets_one_clear_line(app) -> None:
    done = app.test_cli_runner().invoke(args=["import", "demands", "nowhere.jsonl", "--buyer", "x"])
    assert (done.exit_code, "nowhere.jsonl" in done.output) == (2, True)
