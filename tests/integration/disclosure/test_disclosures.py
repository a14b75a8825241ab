"""The yearly disclosure of Decree 802 Art 18: from the books as of 31 December, confirmed once, corrected openly."""
from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from openpyxl import load_workbook

from marketplace.audit.operations import history
from marketplace.disclosure import document as documents
from marketplace.disclosure import operations as disclosures
from marketplace.disclosure import queries, texts
from marketplace.payments import reversals
from marketplace.reference import digest
from marketplace.rules.disclosure import DisclosureForm, duty
from marketplace.rules.errors import NotFound, Problems, WrongState
from marketplace.rules.payment_facts import PayerType
from tests.integration.payments.world import World, noon, on


@pytest.fixture
def world(session) -> World:
    return World(session)


def late(world: World):
    """200,000 yuan due on 2025-11-10 in two parts, one of them paid on 30 December, the money confirmed in January."""
    contract = world.signed(at="2025-09-01", amounts=(10_000_000, 10_000_000))
    unpaid = world.delivered(contract, "2025-09-11")
    paid = world.delivered(contract, "2025-09-11", position=2)
    world.paid(paid, "2025-12-30", 10_000_000, confirmed="2026-01-05")
    in_time = world.delivered(world.signed(at="2025-11-01"), "2025-12-20")
    return unpaid, paid, in_time


def confirmed(world: World, day: str = "2026-02-01", year: int = 2025):
    said = disclosures.next_document(world.session, world.buyer.organisation, year)
    pack = disclosures.confirm(world.session, year, seen_hash=digest(said), actor=world.buyer, now=noon(day))
    world.session.flush()
    return pack


def test_it_counts_contracts_overdue_at_the_end_of_the_year_and_what_is_owed_on_them_then(world: World) -> None:
    unpaid, _, _ = late(world)
    world.paid(unpaid, "2026-01-10", 10_000_000)  # after the year: still owed on 31 December
    said = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="")
    assert (said["has_overdue"], said["contract_count"], said["principal_fen"]) == (True, 1, 10_000_000)
    part, = said["contracts"][0]["parts"]
    assert (part["due_on"], part["overdue_days"]) == ("2025-11-10", 51)


def test_who_owes_nothing_says_so(world: World) -> None:
    world.delivered(world.signed(at="2025-11-01"), "2025-12-20")
    said = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="")
    assert (said["has_overdue"], said["contract_count"], said["principal_fen"], said["contracts"]) == (False, 0, 0, [])


def test_the_same_data_give_the_same_bytes_whenever_they_are_made(world: World) -> None:
    late(world)
    first = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="资金紧张，三月付清。")
    second = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="资金紧张，三月付清。")
    assert digest(first) == digest(second)
    for make in (texts.as_xlsx, texts.as_pdf):
        for lang in ("zh", "en"):
            made = {make(one, digest(one), version=1, lang=lang) for one in (first, second)}
            assert len(made) == 1


def test_a_file_does_not_say_when_it_was_made(world: World) -> None:
    said = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="")
    with zipfile.ZipFile(io.BytesIO(texts.as_xlsx(said, digest(said), version=1, lang="zh"))) as book:
        assert {part.date_time for part in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(rb">(\d{4}-\d\d-\d\dT[^<]*)<", book.read("docProps/core.xml"))) == {
            b"2000-01-01T00:00:00Z"}


def test_the_excel_file_carries_the_fields_of_the_report_and_amounts_as_numbers(world: World) -> None:
    late(world)
    said = documents.of_buyer(world.session, world.buyer.organisation, 2025, explanation="=HYPERLINK(1)")
    book = load_workbook(io.BytesIO(texts.as_xlsx(said, digest(said), version=1, lang="zh")))
    report = {row[0].value: row[1].value for row in book["披露"].iter_rows(min_row=2, max_col=2)}
    assert (report["有无逾期"], report["合同数量"], report["逾期未付金额"]) == ("有", "1", "¥100,000.00")
    assert report["说明"] == "'=HYPERLINK(1)"  # not a formula
    assert book["合同清单"]["G2"].value == 100_000


def test_what_is_confirmed_stays_and_a_later_change_of_the_books_is_a_correction_with_its_difference(
        world: World) -> None:
    _, paid, _ = late(world)
    first = confirmed(world)
    frozen = json.dumps(first.document, sort_keys=True)
    reversals.reverse_payment(world.session, paid.payments[0].id, kind="bounced", reason="退票",
                              actor=world.founder, now=noon("2026-02-10"))
    world.session.flush()
    world.session.expire_all()
    second = confirmed(world, "2026-02-11")
    assert (first.version, second.version) == (1, 2)
    assert json.dumps(first.document, sort_keys=True) == frozen
    changes = documents.differences(first.document, second.document)
    assert [(one.what, one.before, one.now) for one in changes] == [
        ("principal_fen", 10_000_000, 20_000_000),
        (first.document["contracts"][0]["number"], 10_000_000, 20_000_000)]
    assert [entry.action for entry in history(world.session, "disclosure_pack", first.id)] == [
        "disclosure_pack:confirm"]


def test_nothing_new_cannot_be_confirmed_again_nor_what_has_changed_since_it_was_seen(world: World) -> None:
    late(world)
    pack = confirmed(world)
    with pytest.raises(WrongState, match="nothing_changed"):
        disclosures.confirm(world.session, 2025, seen_hash=pack.document_hash, actor=world.buyer,
                            now=noon("2026-02-02"))
    disclosures.explain(world.session, 2025, explanation="三月付清。", actor=world.buyer, now=noon("2026-02-03"))
    with pytest.raises(WrongState, match="changed_since_seen"):
        disclosures.confirm(world.session, 2025, seen_hash=pack.document_hash, actor=world.buyer,
                            now=noon("2026-02-03"))
    assert confirmed(world, "2026-02-03").document["explanation"] == "三月付清。"


def test_an_explanation_has_at_most_500_characters(world: World) -> None:
    late(world)
    disclosures.explain(world.session, 2025, explanation="字" * 500, actor=world.buyer, now=noon("2026-02-01"))
    with pytest.raises(Problems, match="too_long"):
        disclosures.explain(world.session, 2025, explanation="字" * 501, actor=world.buyer, now=noon("2026-02-01"))


def test_a_year_is_disclosed_when_it_is_over(world: World) -> None:
    late(world)
    with pytest.raises(WrongState, match="year_not_over"):
        disclosures.explain(world.session, 2025, explanation="", actor=world.buyer, now=noon("2025-12-31"))


@pytest.mark.parametrize(("payer", "form", "until"), [
    (PayerType.GOVERNMENT, DisclosureForm.PUBLIC_LIST, "2026-03-31"),
    (PayerType.PUBLIC_INSTITUTION, DisclosureForm.PUBLIC_LIST, "2026-03-31"),
    (PayerType.LARGE_ENTERPRISE, DisclosureForm.ANNUAL_REPORT, "2026-06-30")])
def test_who_publishes_what_by_when(payer, form, until) -> None:
    asked = duty(payer, 2025)
    assert asked is not None
    assert (asked.form, asked.publish_by) == (form, on(until))


def test_small_buyers_and_years_before_the_decree_have_no_duty(world: World) -> None:
    assert duty(PayerType.SME, 2025) is None
    assert duty(PayerType.GOVERNMENT, 2024) is None
    with pytest.raises(NotFound):
        documents.of_buyer(world.session, world.buyer.organisation, 2024, explanation="")


def test_the_operator_sees_who_is_missing_and_how_many_days_are_left(world: World) -> None:
    late(world)
    running, missing = queries.years(world.session, today=on("2026-03-02"))
    assert (running.report_year, running.is_over(on("2026-03-02"))) == (2026, False)
    assert (missing.report_year, missing.pack, missing.days_left(on("2026-03-02"))) == (2025, None, 120)
    confirmed(world, "2026-03-03")
    _, done = queries.years(world.session, today=on("2026-03-04"))
    assert done.pack is not None
    assert [pack.version for pack in queries.published(world.session)] == [1]
