"""Demand letter and complaint file: from the records alone, the same bytes for the same records, checked later."""
from __future__ import annotations

import hashlib

import pytest

from marketplace import audit, pdf
from marketplace.enforcement import letters, texts
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.letters import Case, PaperKind
from marketplace.enforcement.models import Paper
from marketplace.enforcement.operations import PaperNote
from marketplace.payments import operations as payments
from marketplace.payments import tick
from marketplace.payments.models import Obligation
from marketplace.payments.operations import InvoiceNote
from marketplace.rules.errors import NotAllowed, NotFound, WrongState
from tests.integration.payments.world import World, noon, on

LETTER, FILE = PaperKind.DEMAND_LETTER, PaperKind.COMPLAINT_FILE


def case(world: World, owed: Obligation, day: str = "2025-09-11", kind: PaperKind = LETTER) -> Case:
    world.session.flush()
    world.session.expire_all()
    return letters.build(world.session, owed, kind, as_of=on(day))


def words(printed: pdf.Paper) -> str:
    """Everything a paper says, in its order."""
    said: list[str] = [printed.title, printed.subtitle]
    for block in printed.blocks:
        if isinstance(block, pdf.Table):
            said += [*block.header, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, pdf.Facts):
            said += [part for pair in block.rows for part in pair]
        elif not isinstance(block, pdf.PageBreak):
            said.append(block.text)
    return "\n".join(said)


def kept(world: World, owed: Obligation, found: Case, lang: str = "zh") -> tuple[Paper, bytes]:
    printed = texts.paper(found, lang)
    body = pdf.render(printed)
    note = PaperNote(found.kind, lang, found.as_of, letters.content(found), texts.pages(printed),
                     hashlib.sha256(body).hexdigest())
    return enforcement.note_paper(world.session, owed, note, actor=world.founder,
                                  now=noon("2025-09-11")), body


def test_a_letter_says_who_owes_what_since_when_and_how_it_was_counted(world: World, owed: Obligation) -> None:
    payments.record_invoice(world.session, owed.milestone_id, InvoiceNote("04400012", 3_333_300, on("2025-07-02")),
                            actor=world.founder, now=noon("2025-07-02"))
    tick.run(world.session, today=on("2025-09-08"), now=noon("2025-09-08"))
    said = words(texts.paper(case(world, owed), "zh"))
    # 33,333 yuan x 0.05 % x 10 days = 166.665 yuan, rounded half up; 16.6665 yuan a day
    for part in ("催告函", "致：buyer 公司", world.founder.organisation.uscc, world.buyer.organisation.uscc,
                 owed.contract.number, owed.contract.text_hash, "应付款日为 2025年9月1日，名义最后一日为 2025年8月30日",
                 "第802号条例第九条第二款", "¥33,333.00", "¥166.67", "¥166.665", "¥16.6665", "2025年9月2日",
                 "请于 2025年9月18日 前付清", "第二十四条、第二十五条", "04400012", "逾期第 7 天", "付款义务产生"):
        assert part in said, part


def test_a_complaint_file_follows_the_order_of_the_form(world: World, owed: Obligation) -> None:
    said = words(texts.paper(case(world, owed, kind=FILE), "zh"))
    parts = ["一、投诉人", "founder@example.com", "微型企业", "二、被投诉人", "大型企业", "三、合同", "四、交付与验收",
             "五、应付款日", "六、欠款", "七、已进行的催办", "八、诉求", "10 个工作日", "九、证据目录",
             "十、声明", "虚假投诉"]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)


def test_nobodys_sign_in_address_is_told_to_the_other_side(world: World, owed: Obligation) -> None:
    assert "buyer@example.com" not in words(texts.paper(case(world, owed, kind=FILE), "zh"))


def test_what_the_operator_notes_for_itself_is_no_evidence_in_a_founders_letter(world: World, owed: Obligation) -> None:
    audit.record(world.session, "oversight:watch", owed.contract, actor=world.operator, at=noon("2025-09-10"),
                 reason="大额，重点关注")
    entries = [one.detail for one in case(world, owed).evidence if one.what == "audit"]
    assert "oversight:watch" not in entries
    assert "obligation:create" in entries


def test_english_papers_have_every_part_in_english(world: World, owed: Obligation) -> None:
    said = words(texts.paper(case(world, owed), "en"))
    for part in ("Demand letter", "To: buyer 公司", "Due on 1 Sep 2025; the nominal last day is 30 Aug 2025",
                 "by 18 Sep 2025", "Index of evidence"):
        assert part in said, part


def test_a_part_payment_is_set_against_the_debt_in_the_arithmetic(world: World, owed: Obligation) -> None:
    world.paid(owed, "2025-09-05", 1_000_000)
    said = words(texts.paper(case(world, owed), "zh"))
    # principal first: 4 days on 33,333 (66.666 yuan), 6 days on 23,333 (69.999 yuan)
    for part in ("2025年9月5日 收到 ¥10,000.00", "¥66.666", "¥69.999", "¥136.67", "¥23,333.00"):
        assert part in said, part


def test_a_disputed_part_is_named_and_not_demanded(world: World, owed: Obligation) -> None:
    payments.open_dispute(world.session, owed, amount_fen=1_000_000, reason="漏一项", actor=world.buyer,
                          now=noon("2025-08-20"))
    found = case(world, owed)
    assert (found.disputed_fen, found.found.principal_left_fen) == (1_000_000, 2_333_300)
    assert "其中 ¥10,000.00 存在争议" in words(texts.paper(found, "zh"))


def test_what_is_not_late_cannot_be_demanded(world: World, owed: Obligation) -> None:
    with pytest.raises(WrongState, match="not_late"):
        case(world, owed, "2025-09-01")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_records_give_the_same_bytes_even_after_the_paper_was_made(world: World, owed: Obligation,
                                                                            lang: str) -> None:
    paper, body = kept(world, owed, case(world, owed), lang)
    again, same = kept(world, owed, case(world, owed), lang)
    assert (again.id, same) == (paper.id, body)
    assert body.startswith(b"%PDF")
    printed_later = pdf.render(texts.printed_again(paper.pages))
    assert hashlib.sha256(printed_later).hexdigest() == paper.sha256


def test_another_day_or_another_fact_gives_another_paper(world: World, owed: Obligation) -> None:
    first, _ = kept(world, owed, case(world, owed))
    assert kept(world, owed, case(world, owed, "2025-09-12"))[0].sha256 != first.sha256
    world.paid(owed, "2025-09-10", 100)
    assert kept(world, owed, case(world, owed))[0].sha256 != first.sha256


def test_only_the_founder_hands_papers_out(world: World, owed: Obligation) -> None:
    found = case(world, owed)
    note = PaperNote(found.kind, "zh", found.as_of, {}, {}, "0" * 64)
    with pytest.raises(NotAllowed, match="only_founder"):
        enforcement.note_paper(world.session, owed, note, actor=world.buyer, now=noon("2025-09-11"))
    with pytest.raises(NotFound):
        enforcement.note_paper(world.session, owed, note, actor=world.stranger, now=noon("2025-09-11"))
