"""The public calculator: the same findings as the assess command, a link to share, every problem beside its field."""
from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from marketplace import reference
from marketplace.config import ROOT
from marketplace.payments import calculator
from marketplace.rules import assess_findings
from marketplace.rules.assess import Tables, assess_case, read_payment_facts
from marketplace.rules.errors import Problems
from marketplace.rules.facts_reader import Reader
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World

TODAY = dt.date(2026, 3, 2)
CASES = [case for case in json.loads((ROOT / "tests/data/payment_term_vectors.json").read_text("utf-8"),
                                     parse_float=Decimal)["vectors"] if case["kind"] == "payment"]
# 120,000 yuan from a public body; 30 days end in the National Day holiday and move to 9 October 2025.
HOLIDAY = {"payer_type": "government", "payee_size": "micro", "contract_signed": "2025-07-10", "amount": "12万元",
           "delivery_date": "2025-09-05", "as_of": "2025-10-20"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the calculator reads none."""
    return sqlite_url


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    made = Doors(app, monkeypatch)
    made.today("2026-03-02")
    return made


def opened(doors: Doors, query: dict[str, str] | None = None, *, lang: str = "zh", path: str = "/calculator"):
    return doors.app.test_client().get(path, query_string=query, headers={"Accept-Language": lang},
                                       follow_redirects=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_page_finds_what_the_assess_command_finds(case) -> None:
    reader = Reader(case["facts"])
    typed = calculator.typed_of(read_payment_facts(reader), as_of=reader.day("as_of"))
    found = calculator.calculate(typed, today=TODAY)
    expected = assess_case(case, Tables(reference.calendar(), reference.lpr_table()))
    assert {"id": case["id"], **assess_findings.payment(found.found)} == expected
    # and the facts that the page offers to programs say the same again
    again = assess_case({"id": case["id"], "kind": "payment", "facts": found.facts},
                        Tables(reference.calendar(), reference.lpr_table()))
    assert again == expected


def test_a_founder_reads_the_due_date_its_articles_and_the_arithmetic_without_signing_in(doors: Doors) -> None:
    page = text_of(opened(doors, HOLIDAY))
    for words in ("已逾期 11 天：应于 2025年10月9日 付清，尚欠本金 ¥120,000.00，截至 2025年10月20日 利息 ¥660.00",
                  "第九条第一款", "民法典第二百零三条", "顺延 4 天", "2025年10月10日", "0.05%", "四舍五入到分：¥660.00",
                  "可以发布", "不是法律意见"):
        assert words in page, words
    english = text_of(opened(doors, HOLIDAY, lang="en"))
    assert "11 days overdue: due on 9 Oct 2025" in english
    assert "Civil Code Art. 203" in english


def test_the_address_is_the_link_to_share(doors: Doors) -> None:
    """A browser sends every field of the form; the address keeps what was said, and opens the same result."""
    sent = HOLIDAY | {"sme_declared": "yes", "start_basis": "delivery", "redelivery_date": "", "agreed_rate": " ",
                      "rate_unit": "percent_per_year", "payments.3.date": "2025-10-15", "payments.3.amount": "20000",
                      "payments.3.instrument": "transfer", "payments.5.instrument": "transfer", "lang": "en"}
    answer = doors.app.test_client().get("/calculator", query_string=sent)
    assert answer.status_code == 302
    kept = dict(parse_qsl(urlsplit(answer.location).query))
    assert kept == HOLIDAY | {"payments.0.date": "2025-10-15", "payments.0.amount": "20000", "lang": "en"}
    page = opened(doors, path=answer.location)
    assert page.status_code == 200
    link = unescape(re.search(r'href="(http://localhost/calculator\?[^"]+)"', page.text)[1])
    assert text_of(opened(doors, path=link, lang="en")).split("Whose turn")[1] == text_of(page).split("Whose turn")[1]


def test_without_a_day_the_result_is_of_today_in_beijing(doors: Doors) -> None:
    doors.today("2025-10-12")
    asked = {name: text for name, text in HOLIDAY.items() if name != "as_of"}
    assert "已逾期 3 天" in text_of(opened(doors, asked))


def test_every_problem_stands_beside_its_field_and_what_was_typed_is_kept(doors: Doors) -> None:
    asked = {"payer_type": "bank", "amount": "十二万", "contract_signed": "2025-02-30", "agreed_term_days": "两个月",
             "acceptance_period_days": "9" * 30, "agreed_rate": "高", "disputed": "0.001",
             "payments.0.date": "昨天", "payments.0.amount": "-5", "as_of": "1066-10-14"}
    answer = opened(doors, asked)
    assert answer.status_code == 422
    wrong = {"payer_type", "payee_size", "amount", "contract_signed", "agreed_term_days", "acceptance_period_days",
             "agreed_rate", "disputed", "payments.0.date", "payments.0.amount", "as_of"}
    assert set(re.findall(r'href="#f-([\w.]+)"', answer.text)) == wrong
    for name in wrong:
        assert f'id="f-{name}-error"' in answer.text, name
    for typed in ("十二万", "2025-02-30", "两个月", "昨天", "1066-10-14"):
        assert f'value="{typed}"' in answer.text, typed
    assert opened(doors, {"amount": "", "payer_type": ""}).status_code == 422


@pytest.mark.parametrize(("changed", "field"), [
    ({"disputed": "130000"}, "disputed"),
    ({"disputed": "100", "dispute_resolved": "2025-10-01", "dispute_upheld": "200"}, "dispute_upheld"),
    ({"dispute_resolved": "2025-10-01", "disputed": "100"}, "dispute_upheld"),
    ({"redelivery_date": "2025-09-01"}, "redelivery_date"),
    ({"payments.0.date": "2025-10-01", "payments.0.amount": "1", "payments.0.instrument": "commercial_bill",
      "payments.0.cash_date": "2025-09-30"}, "payments.0.cash_date"),
    ({"sme_declared": "perhaps"}, "sme_declared"),
])
def test_facts_that_cannot_all_be_true_are_refused_where_they_stand(changed: dict[str, str], field: str) -> None:
    with pytest.raises(Problems) as refused:
        calculator.calculate(HOLIDAY | changed, today=TODAY)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_rows_of_payments_are_added_and_taken_away_without_a_script(doors: Doors) -> None:
    rows = {"payments.0.date": "2025-10-15", "payments.0.amount": "3", "payments.1.amount": "4"}
    added = opened(doors, HOLIDAY | rows | {"do": "add-payments"})
    assert (added.status_code, 'name="payments.2.date"' in added.text) == (200, True)
    taken = opened(doors, HOLIDAY | rows | {"do": "remove-payments-0"})
    assert 'name="payments.0.amount"\n  value="4"' in taken.text
    assert 'name="payments.1.amount"' not in taken.text
    full = {f"payments.{n}.{name}": text for n in range(7) for name, text in (("date", "2025-10-01"), ("amount", "1"))}
    assert "最多填 6 笔付款，现在有 7 笔" in text_of(opened(doors, HOLIDAY | full))


def test_a_bill_counts_on_the_day_it_is_cashed(doors: Doors) -> None:
    bill = {"payments.0.date": "2025-10-01", "payments.0.amount": "120000", "payments.0.instrument": "commercial_bill"}
    open_still = text_of(opened(doors, HOLIDAY | bill))
    assert "还没有兑现，暂不计入已付款" in open_still
    assert "尚欠本金 ¥120,000.00" in open_still
    cashed = text_of(opened(doors, HOLIDAY | bill | {"payments.0.cash_date": "2025-10-13"}))
    assert "可能构成变相延长付款期限" in cashed
    assert "2025年10月13日 ¥240.00" in cashed  # four days of 60 yuan are cleared before the principal


def test_what_is_not_known_is_said_not_guessed(doors: Doors) -> None:
    future = HOLIDAY | {"delivery_date": "2027-01-20", "as_of": "2027-02-01"}
    assert "到期日是暂定的，公布后会重新计算" in text_of(opened(doors, future))
    waiting = {name: text for name, text in HOLIDAY.items() if name != "delivery_date"}
    assert "没有填写交付日期，付款期限还没有起算" in text_of(opened(doors, waiting))
    neighbour = text_of(opened(doors, HOLIDAY | {"payer_type": "sme"}))
    assert "不在《保障中小企业款项支付条例》范围内" in neighbour
    assert "今天还能签" not in neighbour


def test_terms_the_law_forbids_today_are_named_with_their_article(doors: Doors) -> None:
    page = text_of(opened(doors, HOLIDAY | {"agreed_term_days": "90", "pay_when_paid_clause": "1",
                                            "start_basis": "acceptance"}))
    assert "不得发布" in page
    for words in ("约定收到第三方付款后再付款", "付款期限超过 60 日", "没有约定验收期限"):
        assert words in page


def test_an_obligation_can_be_checked_with_the_calculator(doors: Doors) -> None:
    def part_paid(world: World) -> None:
        owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
        world.paid(owed, "2025-09-16", 4_000_000)

    doors.with_world(part_paid)
    doors.today("2025-10-01")
    page = doors.visit("founder", "/payments/1")
    link = unescape(re.search(r'href="(/calculator\?[^"]+)"', page.text)[1])
    state = re.search(r'<p class="lead"><strong>(.*?)</strong>', page.text)[1]
    assert "已逾期" in state
    assert state in opened(doors, path=link).text


def test_strange_addresses_are_answered_calmly(doors: Doors) -> None:
    for query in ("payments.999.date=2025-01-01&payments.0.amount=1", "amount=%00&payer_type=%ff%fe",
                  "do=remove-payments-x", "do=remove-payments-%C2%B2", f"amount={'9' * 3000}",
                  "as_of=%E2%91%A0&agreed_term_days=%C2%B2",
                  "payer_type=government&payer_type=sme", "x=1", "agreed_rate=1e999999999&amount=1"):
        assert opened(doors, path=f"/calculator?{query}").status_code in (200, 422), query
