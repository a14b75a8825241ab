"""One question from asking to its corrected answer, on the pages and for programs; who is told what."""
from __future__ import annotations

import datetime as dt
import re

from flask import Flask

from marketplace import jobs
from marketplace.db import transaction
from marketplace.demand import deadlines
from marketplace.demand.models import Demand
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import browser, call, post


def test_a_question_goes_round_on_the_pages(app: Flask, served: m.Market) -> None:
    code = served.demand.code
    here = f"/demands/{code}/questions"
    asker, buyer, anyone = browser(app, served.founders[0]), browser(app, served.buyer), app.test_client()
    assert "向采购方提问" in asker.get(f"/demands/{code}").text
    refused = post(asker, here, {"text": "founder1 公司问：样本有多少张？"})
    assert refused.status_code == 422
    assert "样本有多少张" in refused.text
    for _ in range(2):
        assert post(asker, here, {"text": "样本有多少张？"}).status_code == 303
    assert "待答复的提问" in buyer.get("/questions").text
    assert "1 条需求有提问等贵单位答复" in buyer.get("/buyer").text
    assert code in buyer.get("/questions").text
    assert post(buyer, f"{here}/1/answer", {"text": "五千张。"}).status_code == 303
    assert post(buyer, f"{here}/1/answer", {"text": "六千张。"}).status_code == 303
    seen = anyone.get(f"/demands/{code}").text
    assert all(words in seen for words in ("提问人 A", "样本有多少张？", "六千张。", "五千张。", "2026年3月2日"))
    assert "提问人 B" not in seen
    assert "founder1" not in seen
    assert "（您）" in asker.get(here).text
    assert "六千张" in anyone.get(f"{here}?lang=en").text


def test_a_demands_page_names_each_move_of_its_deadline_once(app: Flask, served: m.Market) -> None:
    code, now = served.demand.code, m.NOW
    with app.app_context(), transaction() as session:
        demand = session.get_one(Demand, served.demand.id)
        for number, cause in ((1, "question_unanswered"), (2, "addendum")):
            facts = {"numbers": [7], "days": 2, "number": 9}
            deadlines.extend(session, demand, m.DEADLINE + dt.timedelta(days=number), cause=cause, facts=facts,
                             actor="system", now=now)
    seen = app.test_client().get(f"/demands/{code}").text
    assert (seen.count("第 7 号提问没有答复"), seen.count("第 9 号补充公告顺延")) == (1, 1)


def test_the_operator_hides_what_is_abuse(app: Flask, served: m.Market) -> None:
    here = f"/demands/{served.demand.code}/questions"
    post(browser(app, served.founders[0]), here, {"text": "你们都是骗子"})
    operator = browser(app, served.operator)
    assert post(operator, f"{here}/1/hide", {"reason": ""}).status_code == 422
    assert post(operator, f"{here}/1/hide", {"reason": "辱骂"}).status_code == 303
    seen = app.test_client().get(here).text
    assert "理由：辱骂" in seen
    assert "骗子" not in seen


def test_programs_ask_answer_and_read_without_learning_who(app: Flask, served: m.Market) -> None:
    code = served.demand.code
    first = call(app, "founder1", "POST", f"{code}/questions", {"text": "能远程吗？"}, **{"Idempotency-Key": "q1"})
    assert first.status_code == 201
    again = call(app, "founder1", "POST", f"{code}/questions", {"text": "能远程吗？"}, **{"Idempotency-Key": "q1"})
    assert again.json == first.json
    assert call(app, "buyer1", "PUT", f"{code}/questions/1/answer", {"text": "可以。"}).status_code == 200
    read = call(app, None, "GET", f"{code}/questions")
    tender = read.json["tender"]
    assert (tender["hasEnquiries"], tender["enquiryPeriod"]["endDate"]) == (True, "2026-03-13T09:00:00+00:00")
    (said,) = tender["enquiries"]
    assert (said["author"]["name"], said["description"], said["answer"]) == ("提问人 A", "能远程吗？", "可以。")
    assert "founder" not in read.text
    assert call(app, "founder2", "POST", f"{code}/questions/1/withdrawal").status_code == 404
    assert call(app, "founder1", "PUT", f"{code}/questions/1/answer", {"text": "我答"}).status_code == 403


def test_the_daily_round_moves_the_deadline_and_the_page_says_why(app: Flask, served: m.Market, at) -> None:
    code = served.demand.code
    at(m.DEADLINE - dt.timedelta(days=7, hours=1))
    call(app, "founder1", "POST", f"{code}/questions", {"text": "能远程吗？"})
    at(m.DEADLINE - dt.timedelta(days=2))
    with app.app_context():
        counts = jobs.question_round(dt.date(2026, 3, 18), now=m.DEADLINE - dt.timedelta(days=2))
    assert counts["questions_moved"] == 1
    seen = app.test_client().get(f"/demands/{code}").text
    assert re.search(r"改为 2026年3月24日 17:00.*第 1 号提问没有答复", seen)
    assert "超期" in browser(app, served.operator).get("/questions").text
