"""Bank statements: read as banks write them, taken in once, matched by a person, nothing booked before."""
from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from marketplace.audit import operations as audit
from marketplace.banking import imports, queries
from marketplace.banking import operations as banking
from marketplace.banking.queries import LineState
from marketplace.notices import operations as notices
from marketplace.payments import books, reversals
from marketplace.rules.bank_matching import Confidence, Part
from marketplace.rules.errors import Problems, RuleViolation
from tests.integration.payments.world import World, noon, on

PLAIN = "日期,金额,对方户名,用途,流水号\n2025-08-01,\"40,000.00\",buyer 公司,{number} 第1期,TX-1\n"


def draft(text: str, direction: str = "in", *, encoding: str = "utf-8", name: str = "流水.csv") -> banking.FileDraft:
    return imports.read_statement(text.encode(encoding), name, direction)


def taken_in(world: World, text: str, day: str = "2025-08-02", *, who: str = "founder") -> list:
    actor = getattr(world, who)
    banking.take_in(world.session, draft(text, banking.direction_of(actor)), actor=actor, now=noon(day))
    world.session.flush()
    return queries.lines(world.session, actor=actor)


def suggested(world: World, line, day: str = "2025-08-02", *, who: str = "founder"):
    return queries.with_suggestions(world.session, [line], actor=getattr(world, who), now=noon(day))[0].suggestions


# Reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_file_is_read_as_the_bank_saved_it(encoding: str) -> None:
    text = ("账户明细查询\n账号：6222 0000,户名：一人公司\n\n"
            "交易日期,收入金额,支出金额,对方户名,摘要,用途,余额,交易流水号\n"
            "20250801 10:11:12,\"40,000.00\",,甲公司,货款,第一期,1,TX-1\n2025/8/2,,12.50,银行,手续费,,1,TX-2\n"
            "2025年8月3日,7.00,0.00,乙公司,,,1,TX-3\n合计,\"40,007.00\",12.50,,,,,\n")
    found = draft(text, encoding=encoding)
    assert [(str(line.booked_on), line.amount_fen, line.counterparty, line.remark, line.reference)
            for line in found.lines] == [("2025-08-01", 4_000_000, "甲公司", "货款 第一期", "TX-1"),
                                         ("2025-08-03", 700, "乙公司", "", "TX-3")]
    assert found.other_lines == 1


def test_excel_cells_are_read_as_what_they_are() -> None:
    book = Workbook()
    sheet = book.active
    for row in (["Transaction Date", "Amount", "Counterparty", "Memo", "Reference"],
                [on("2025-08-01"), 40000.5, "A Ltd", "x", 20250801001], [on("2025-08-02"), -3, "Bank", "fee", None]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    found = imports.read_statement(out.getvalue(), "s.xlsx", "in")
    assert [(line.amount_fen, line.reference) for line in found.lines] == [(4_000_050, "20250801001")]
    assert [line.amount_fen for line in imports.read_statement(out.getvalue(), "s.xlsx", "out").lines] == [300]


@pytest.mark.parametrize(("text", "amounts"), [
    ("日期,金额,借贷标志\n2025-08-01,5.00,贷\n2025-08-01,6.00,借\n", [600]),
    ("日期,金额\n2025-08-01,-5.00\n2025-08-01,6.00\n", [500]),
    ("日期,金额\n2025-08-01,5.00\n2025-08-01,6.00\n", [500, 600]),
])
def test_which_way_the_money_went(text: str, amounts: list[int]) -> None:
    assert [line.amount_fen for line in draft(text, "out").lines] == amounts


@pytest.mark.parametrize(("text", "direction", "amounts"), [
    ("日期,收入,支出\n2025-08-01,5.00,\n2025-08-02,-5.00,\n", "in", [500]),
    ("日期,收入,支出\n2025-08-01,,5.00\n2025-08-02,,-5.00\n", "out", [500]),
    ("日期,收入,支出\n2025-08-01,,-5.00\n2025-08-02,,-6.00\n", "out", [500, 600]),  # its way of writing expenses
    ("日期,金额,借贷标志\n2025-08-01,5.00,贷\n2025-08-02,-5.00,贷\n", "in", [500]),
    ("日期,金额,借贷标志\n2025-08-01,-5.00,借\n2025-08-02,6.00,贷\n", "out", [500]),
])
def test_an_entry_the_bank_took_back_in_red_is_no_receipt(text: str, direction: str, amounts: list[int]) -> None:
    found = draft(text, direction)
    assert [line.amount_fen for line in found.lines] == amounts
    assert len(found.lines) + found.other_lines == 2


def test_every_bad_row_is_named_at_once() -> None:
    text = ("日期,金额,对方户名\n2025-02-30,5.00,甲\n昨天,五元,乙\n2025-08-01,,丙\n2025-08-01,5.001,丁\n"
            "2025-08-01,5.00,戊\n")
    with pytest.raises(Problems) as caught:
        draft(text)
    assert [(problem.row, problem.field, problem.code) for problem in caught.value] == [
        (2, "日期", "field.not_a_date"), (3, "日期", "field.not_a_date"), (3, "金额", "money.not_a_number"),
        (4, "金额", "money.missing"), (5, "金额", "money.smaller_than_a_fen")]


@pytest.mark.parametrize(("data", "code"), [
    (b"", "import.empty_file"), ("收款,付出\n1,2\n".encode(), "import.no_header"),
    ("日期,金额,交易金额\n".encode(), "import.column_twice"), ("日期,金额\n".encode(), "import.no_rows")])
def test_a_file_that_is_no_statement_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Problems, match=code):
        imports.read_statement(data, "x.csv", "in")


# Taking in ---------------------------------------------------------------------------------------------


def test_the_same_transfers_uploaded_again_are_known(world: World) -> None:
    world.signed(at="2025-06-20")
    text = "日期,金额,对方户名,流水号\n2025-08-01,5.00,甲,T1\n2025-08-01,9.00,乙,\n2025-08-01,9.00,乙,\n"
    assert len(taken_in(world, text)) == 3  # two equal transfers without a reference are two
    assert len(taken_in(world, text + "2025-08-02,7.00,丙,T2\n")) == 4
    last = queries.uploads(world.session, actor=world.founder)[0]
    assert (last.new_lines, last.known_lines) == (1, 3)


def test_a_transfer_of_tomorrow_is_refused_with_its_row(world: World) -> None:
    with pytest.raises(Problems) as caught:
        taken_in(world, "日期,金额\n2025-08-01,5.00\n2025-08-03,5.00\n")
    assert [(problem.row, problem.code) for problem in caught.value] == [(3, "bank.day_in_future")]


def test_an_operator_uploads_nobodys_statement(world: World) -> None:
    with pytest.raises(RuleViolation, match=r"bank\.only_parties"):
        taken_in(world, "日期,金额\n2025-08-01,5.00\n", who="operator")


# Matching ----------------------------------------------------------------------------------------------


def test_nothing_is_booked_until_a_person_says_so_and_then_it_counts(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000,))
    owed = world.delivered(contract, "2025-07-08")
    (line,) = taken_in(world, PLAIN.format(number=contract.number))
    (best, *_) = suggested(world, line)
    assert (best.confidence, best.parts) == (Confidence.SURE, (Part(owed.id, 4_000_000),))
    assert world.owed(contract).payments == []
    (payment,) = banking.match(world.session, line.id, best.parts, actor=world.founder, now=noon("2025-08-02"))
    assert (payment.status, payment.bank_reference, world.owed(contract).settled_on) == (
        "confirmed", "TX-1", on("2025-08-01"))
    assert queries.state_of(line) is LineState.MATCHED
    assert "payment_confirmed" in {n.code for n in notices.inbox(world.session, world.buyer.organisation_id)}
    assert not list(books.faults(world.session, today=on("2025-08-02")))
    assert audit.verify(world.session).intact


def test_a_buyers_line_notifies_and_its_founder_still_confirms(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000,))
    owed = world.delivered(contract, "2025-07-08")
    (line,) = taken_in(world, PLAIN.format(number=contract.number), who="buyer")
    (best, *_) = suggested(world, line, who="buyer")
    (payment,) = banking.match(world.session, line.id, best.parts, actor=world.buyer, now=noon("2025-08-02"))
    assert (payment.status, world.owed(contract).settled_on) == ("notified", None)
    assert owed.payments == [payment]


def test_what_the_buyer_notified_is_confirmed_not_recorded_twice(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000,))
    owed = world.delivered(contract, "2025-07-08")
    notice = world.notified(owed, "2025-08-01", 4_000_000, reference="OTHER-NUMBER")
    (line,) = taken_in(world, PLAIN.format(number=contract.number))
    (best, *_) = suggested(world, line)
    assert best.parts == (Part(owed.id, 4_000_000, notice.id),)
    assert banking.match(world.session, line.id, best.parts, actor=world.founder, now=noon("2025-08-02")) == [notice]
    assert len(world.owed(contract).payments) == 1


def test_one_transfer_pays_several_milestones(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(1_500_000, 2_500_000))
    owed = [world.delivered(contract, "2025-07-08", position=place) for place in (1, 2)]
    (line,) = taken_in(world, PLAIN.format(number="货款"))
    (best, *_) = suggested(world, line)
    assert {part.obligation_id: part.amount_fen for part in best.parts} == {
        owed[0].id: 1_500_000, owed[1].id: 2_500_000}
    banking.match(world.session, line.id, best.parts, actor=world.founder, now=noon("2025-08-02"))
    assert [world.owed(contract, position=place).settled_on for place in (1, 2)] == [on("2025-08-01")] * 2


def test_several_transfers_pay_one_milestone_and_the_rest_stays_visible(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")
    found = taken_in(world, "日期,金额,流水号\n2025-08-01,60000,A\n2025-08-02,50000,B\n2025-08-02,3,C\n")
    by_reference = {line.reference: line for line in found}
    banking.match(world.session, by_reference["A"].id, [Part(owed.id, 6_000_000)], actor=world.founder,
                  now=noon("2025-08-02"))
    banking.match(world.session, by_reference["B"].id, [Part(owed.id, 4_000_000)], actor=world.founder,
                  now=noon("2025-08-02"))
    assert world.owed(contract).settled_on == on("2025-08-02")
    assert banking.left_fen(by_reference["B"]) == 1_000_000
    waiting = queries.lines(world.session, actor=world.founder, state=LineState.OPEN)
    assert {line.reference for line in waiting} == {"B", "C"}


def test_no_more_than_the_line_and_no_more_than_is_owed(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(3_000_000,))
    owed = world.delivered(contract, "2025-07-08")
    (line,) = taken_in(world, PLAIN.format(number=contract.number))
    for parts, code in (([Part(owed.id, 4_000_001)], "bank.more_than_line"), ([], "money.zero"),
                        ([Part(owed.id, 3_500_000)], "payment.more_than_open")):
        with pytest.raises(RuleViolation, match=code):
            banking.match(world.session, line.id, parts, actor=world.founder, now=noon("2025-08-02"))


def test_a_reversed_payment_frees_its_line(world: World) -> None:
    first, second = (world.signed(at="2025-06-20", amounts=(4_000_000,)) for _ in range(2))
    wrong, right = (world.delivered(contract, "2025-07-08") for contract in (first, second))
    (line,) = taken_in(world, PLAIN.format(number=""))
    (payment,) = banking.match(world.session, line.id, [Part(wrong.id, 4_000_000)], actor=world.founder,
                               now=noon("2025-08-02"))
    reversals.reverse_payment(world.session, payment.id, kind="wrong_obligation", reason="应记另一合同",
                              actor=world.founder, now=noon("2025-08-03"))
    assert (queries.state_of(line), banking.left_fen(line)) == (LineState.OPEN, 4_000_000)
    banking.match(world.session, line.id, [Part(right.id, 4_000_000)], actor=world.founder, now=noon("2025-08-03"))
    assert (world.owed(first).settled_on, world.owed(second).settled_on) == (None, on("2025-08-01"))


def test_what_is_not_ours_is_set_aside_with_a_reason_and_can_be_taken_back(world: World) -> None:
    (line,) = taken_in(world, "日期,金额,摘要\n2025-08-01,5.00,利息\n")
    act = {"actor": world.founder, "now": noon("2025-08-02")}
    with pytest.raises(RuleViolation, match=r"field\.required"):
        banking.set_aside(world.session, line.id, note=" ", **act)
    banking.set_aside(world.session, line.id, note="存款利息", **act)
    assert queries.lines(world.session, actor=world.founder, state=LineState.OPEN) == []
    with pytest.raises(RuleViolation, match=r"bank\.line_set_aside"):
        banking.match(world.session, line.id, [Part(1, 500)], **act)
    banking.take_back(world.session, line.id, **act)
    assert queries.state_of(line) is LineState.OPEN


def test_other_peoples_lines_and_claims_are_not_found(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000,))
    owed = world.delivered(contract, "2025-07-08")
    (line,) = taken_in(world, PLAIN.format(number=contract.number), who="stranger")
    assert suggested(world, line, who="stranger") == ()
    for who, wanted in (("founder", line.id), ("stranger", line.id)):
        with pytest.raises(RuleViolation, match="not_found"):
            banking.match(world.session, wanted, [Part(owed.id, 4_000_000)], actor=getattr(world, who),
                          now=noon("2025-08-02"))
    assert world.owed(contract).payments == []
