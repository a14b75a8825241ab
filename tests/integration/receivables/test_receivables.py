"""Confirmation of a receivable (Decree 802 Art 16): asked for, answered within 30 days, proved to a lender."""
from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from marketplace.notices import operations as notices
from marketplace.payments import operations as payments
from marketplace.payments.models import Obligation
from marketplace.receivables import document, queries, rounds
from marketplace.receivables import operations as receivables
from marketplace.receivables.document import Standing
from marketplace.receivables.models import Receivable, ReceivableLink
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on

OWED = 10_000_000


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def owed(world: World) -> Obligation:
    """100,000 yuan delivered on 2025-07-08 and due on 2025-09-08."""
    return world.delivered(world.signed(at="2025-06-20"), "2025-07-08")


def asked(world: World, owed: Obligation, day: str = "2025-07-10", **more: object) -> Receivable:
    return receivables.request(world.session, owed, financier="杭州银行文三支行",
                               **({"actor": world.founder, "now": noon(day)} | more))


def confirmed(world: World, owed: Obligation, day: str = "2025-07-20") -> Receivable:
    return receivables.confirm(world.session, asked(world, owed), actor=world.buyer, now=noon(day))


def test_the_buyer_has_thirty_days_that_roll_off_rest_days(world: World, owed: Obligation) -> None:
    row = asked(world, owed, "2025-07-10")  # + 30 is Saturday 08-09
    assert (row.amount_fen, row.answer_by, row.status) == (OWED, on("2025-08-11"), "requested")
    assert receivables.days_late(row, as_of=on("2025-08-11")) == 0
    assert receivables.days_late(row, as_of=on("2025-08-14")) == 3


def test_what_is_asked_for_is_what_is_open_and_undisputed(world: World, owed: Obligation) -> None:
    world.paid(owed, "2025-07-09", 2_000_000)
    payments.open_dispute(world.session, owed, amount_fen=1_000_000, reason="缺文档", actor=world.buyer,
                          now=noon("2025-07-09"))
    assert asked(world, owed).amount_fen == 7_000_000


def test_one_request_waits_at_a_time(world: World, owed: Obligation) -> None:
    first = asked(world, owed)
    assert refusal(asked, world, owed) == "receivable.waiting"
    receivables.withdraw(world.session, first, actor=world.founder, now=noon("2025-07-11"))
    asked(world, owed, "2025-07-12")


def test_there_is_nothing_to_confirm_without_a_debt(world: World) -> None:
    contract = world.signed(at="2025-06-20", start_basis="acceptance", acceptance_period_days=10)
    owed = world.delivered(contract, "2025-07-08")
    world.rejected(contract, "2025-07-09")
    assert refusal(asked, world, owed) == "receivable.not_due_yet"
    world.delivered(contract, "2025-07-10")
    world.paid(owed, "2025-07-11", OWED)
    assert refusal(asked, world, owed, "2025-07-12") == "receivable.nothing_open"


def test_between_two_small_firms_article_sixteen_gives_no_clock(world: World) -> None:
    world.buyer.organisation.payer_type = "sme"
    owed = world.delivered(world.signed(at="2025-06-20", term_days=30), "2025-07-08")
    assert refusal(asked, world, owed) == "receivable.out_of_scope"


def test_each_side_says_its_own_part(world: World, owed: Obligation) -> None:
    assert refusal(asked, world, owed, actor=world.buyer) == "contract.other_side"
    assert refusal(asked, world, owed, actor=world.stranger) == "not_found"
    row = asked(world, owed)
    assert refusal(receivables.confirm, world.session, row, actor=world.founder, now=noon("2025-07-12")) == \
        "contract.other_side"
    assert refusal(queries.for_party, world.session, row.id, actor=world.stranger) == "not_found"


def test_refusing_needs_a_reason_and_leaves_the_debt_as_it_is(world: World, owed: Obligation) -> None:
    row, due = asked(world, owed), owed.due_on
    assert refusal(receivables.refuse, world.session, row, reason=" ", actor=world.buyer, now=noon("2025-07-12")) == \
        "field.required"
    receivables.refuse(world.session, row, reason="发票尚未核对", actor=world.buyer, now=noon("2025-07-12"))
    assert (row.status, owed.due_on, world.statement(owed, "2025-07-12").principal_left_fen) == ("refused", due, OWED)
    assert refusal(receivables.confirm, world.session, row, actor=world.buyer, now=noon("2025-07-13")) == \
        "receivable.wrong_state"


def test_what_was_confirmed_is_a_document_whose_hash_anybody_can_recompute(world: World, owed: Obligation) -> None:
    world.paid(owed, "2025-07-15", 3_000_000)
    row = confirmed(world, owed)
    found = json.loads(document.bytes_of(row.document))
    assert (found["amount_fen"], found["paid_fen"], found["confirmed_fen"], found["due_on"]) == (
        OWED, 3_000_000, 7_000_000, "2025-09-08")
    assert (found["creditor"]["uscc"], found["debtor"]["name"]) == (world.founder.organisation.uscc, "buyer 公司")
    assert "第十六条第二款" in found["law"]
    assert row.document_hash == hashlib.sha256(document.bytes_of(row.document)).hexdigest()


def test_what_became_of_it_is_told_for_any_day(world: World, owed: Obligation) -> None:
    row = confirmed(world, owed)
    world.paid(owed, "2025-08-01", 4_000_000)
    world.paid(owed, "2025-09-01", 6_000_000)
    told = {day: (now.standing, now.open_fen) for day in ("2025-07-25", "2025-08-02", "2025-09-02")
            for now in [document.today(row, as_of=on(day))]}
    assert told == {"2025-07-25": (Standing.STANDS, OWED), "2025-08-02": (Standing.PARTLY_PAID, 6_000_000),
                    "2025-09-02": (Standing.SETTLED, 0)}


def test_a_dispute_after_the_confirmation_shows(world: World, owed: Obligation) -> None:
    row = confirmed(world, owed)
    payments.open_dispute(world.session, owed, amount_fen=1_000_000, reason="缺文档", actor=world.buyer,
                          now=noon("2025-07-25"))
    now = document.today(row, as_of=on("2025-07-26"))
    assert (now.standing, now.open_fen) == (Standing.CHANGED, 9_000_000)


def linked(world: World, row: Receivable, **more: object) -> tuple[ReceivableLink, str]:
    return receivables.make_link(world.session, row, label="杭州银行", **(
        {"actor": world.founder, "now": noon("2025-07-21")} | more))


def test_a_link_leads_to_its_receivable_and_is_not_kept(world: World, owed: Obligation) -> None:
    row = confirmed(world, owed)
    link, token = linked(world, row)
    assert queries.by_token(world.session, token) is link
    assert len(token) >= 43  # 256 random bits
    assert token not in {value for value in vars(link).values() if isinstance(value, str)}
    assert linked(world, row)[1] != token
    assert refusal(queries.by_token, world.session, token[:-1]) == "receivable.unknown_link"
    assert refusal(linked, world, row, actor=world.buyer) == "contract.other_side"


def test_only_what_is_confirmed_gets_a_link_and_a_closed_one_stays_closed(world: World, owed: Obligation) -> None:
    row = asked(world, owed)
    assert refusal(linked, world, row) == "receivable.not_confirmed"
    receivables.confirm(world.session, row, actor=world.buyer, now=noon("2025-07-20"))
    link, _ = linked(world, row)
    first = receivables.revoke_link(world.session, row, link.id, actor=world.founder, now=noon("2025-07-22")).revoked_at
    receivables.revoke_link(world.session, row, link.id, actor=world.founder, now=noon("2025-07-23"))
    assert link.revoked_at == first == dt.datetime(2025, 7, 22, 4, tzinfo=dt.UTC)


def test_silence_is_called_for_before_the_period_ends_and_told_to_all_after_it(world: World, owed: Obligation) -> None:
    asked(world, owed)  # until 2025-08-11
    counts = []
    for day in ("2025-08-03", "2025-08-04", "2025-08-11", "2025-08-12", "2025-08-30"):
        counts.append(sum(rounds.run(world.session, today=on(day), now=noon(day))["receivables"] for _ in range(2)))
    assert counts == [0, 1, 0, 3, 0]
    for person in (world.buyer, world.founder, world.operator):
        codes = [notice.code for notice in notices.inbox(world.session, person.organisation_id)]
        assert codes.count("receivable_overdue") == 1
