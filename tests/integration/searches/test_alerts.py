"""A saved search alerts once for each demand that comes to answer it, and says why."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from marketplace.notices import texts as notice_texts
from marketplace.notices.models import Mail, Notice
from marketplace.rules import searches as rules
from marketplace.rules.errors import RuleViolation
from marketplace.searches import alerts, operations, queries
from marketplace.searches.models import SearchAlert
from marketplace.searches.operations import SearchDraft
from marketplace.suggestions import operations as suggestions
from marketplace.suggestions import pairing
from tests.integration.founders import people
from tests.integration.founders.people import LEAKS, NOW

LATER = NOW + dt.timedelta(hours=1)
LEAK = SearchDraft("漏损", text="漏损 开挖")


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture(autouse=True)
def no_pool_of_profiles_that_were_rolled_back() -> Iterator[None]:
    """SQLite gives the ids of rolled-back profiles to others."""
    pairing._pools.clear()
    yield
    pairing._pools.clear()


@pytest.fixture
def founder(session: Session):
    return people.founder(session, 1, profile=LEAKS)


@pytest.fixture
def buyer(session: Session):
    return people.buyer(session, 1)


def saved(session: Session, founder, draft: SearchDraft = LEAK, *, now: dt.datetime = NOW):
    return operations.save(session, draft, actor=founder, language="zh", now=now)


def round_of(session: Session, now: dt.datetime = LATER) -> int:
    session.flush()
    return sum(alerts.run(session, demand_id, now=now) for demand_id in queries.pending(session, now=now))


def told(session: Session) -> list[Notice]:
    return list(session.scalars(select(Notice).filter_by(code="search_alert").order_by(Notice.id)))


def test_a_published_demand_alerts_once_however_often_the_round_comes(session, founder, buyer) -> None:
    search = saved(session, founder)
    demand = people.leak_demand(session, buyer)
    assert round_of(session) == 1
    assert queries.pending(session, now=LATER) == [], "nothing has changed since"
    demand.updated_at = LATER
    assert round_of(session) == 0, "a change of the demand is looked at again, and tells nobody twice"
    assert alerts.run(session, demand.id, now=LATER) == 0
    [notice] = told(session)
    assert (notice.organisation_id, notice.link) == (founder.organisation_id, f"/demands/{demand.code}")
    assert "出现“漏损”：“管网漏损定位”" in notice_texts.sentence(notice, "zh")
    [alert] = queries.alerts(session, founder.organisation_id)
    assert alert.search_id == search.id
    assert [(hit["facts"]["word"], hit["facts"]["field"]) for hit in alert.hits] == [
        ("漏损", "title"), ("开挖", "description")]


def test_what_answers_already_when_it_is_saved_is_shown_and_not_alerted(session, founder, buyer) -> None:
    people.leak_demand(session, buyer)
    search = saved(session, founder)
    assert [demand.title for demand, _ in queries.answers(session, search, now=NOW)] == ["管网漏损定位"]
    assert round_of(session) == 0
    assert told(session) == []


def test_a_demand_that_comes_to_answer_by_a_change_alerts_then(session, founder, buyer) -> None:
    saved(session, founder)
    demand = people.leak_demand(session, buyer, description="把漏点找出来。")
    assert round_of(session) == 0
    demand.description, demand.updated_at = "把漏损点找出来，配合开挖。", LATER
    assert round_of(session) == 1


def test_only_demands_that_take_bids_alert(session, founder, buyer) -> None:
    saved(session, founder)
    demand = people.leak_demand(session, buyer)
    assert round_of(session, people.DEADLINE + dt.timedelta(seconds=1)) == 0
    assert alerts.run(session, demand.id, now=people.DEADLINE + dt.timedelta(seconds=1)) == 0


def test_one_that_closes_soon_alerts_on_the_day_it_does(session, founder, buyer) -> None:
    saved(session, founder, SearchDraft("快截止", closing_within_days=3))
    people.leak_demand(session, buyer)
    days = [round_of(session, NOW + dt.timedelta(days=number)) for number in range(18)]
    assert days.index(1) == 15  # 17 March for a deadline on 20 March
    assert sum(days) == 1


def test_a_new_match_above_the_threshold_alerts_with_the_reasons(session, founder, buyer) -> None:
    saved(session, founder, SearchDraft("高匹配", min_percent=50))
    saved(session, founder, SearchDraft("太高", min_percent=99, region="浙江"))
    demand = people.leak_demand(session, buyer)
    assert round_of(session) == 0, "nothing has been matched yet"
    suggestions.refresh(session, demand.id, now=LATER)
    assert round_of(session) == 1
    [alert] = queries.alerts(session, founder.organisation_id)
    assert alert.hits[0]["code"] == "match"
    assert alert.hits[0]["facts"]["percent"] >= 50
    assert alert.hits[0]["facts"]["reasons"]


def test_a_paused_search_is_silent_and_what_it_missed_is_not_told_afterwards(session, founder, buyer) -> None:
    search = saved(session, founder)
    operations.pause(session, search.id, paused=True, actor=founder, now=NOW)
    people.leak_demand(session, buyer)
    assert round_of(session) == 0
    operations.pause(session, search.id, paused=False, actor=founder, now=LATER)
    assert round_of(session) == 0
    people.leak_demand(session, buyer)
    assert round_of(session) == 1


def test_an_email_goes_to_who_asked_for_it_in_their_language_and_to_nobody_else(session, founder, buyer) -> None:
    operations.save(session, replace(LEAK, by_email=True), actor=founder, language="en", now=NOW)
    saved(session, people.founder(session, 2))
    demand = people.leak_demand(session, buyer)
    round_of(session)
    [mail] = session.scalars(select(Mail))
    subject, body = notice_texts.mail(mail, public_url="https://jiebang.example")
    assert (mail.address, subject) == (founder.email, "Jiebang: 管网漏损定位 (search “漏损”)")
    assert f"https://jiebang.example/demands/{demand.code}" in body
    assert "“漏损” occurs" in body


def test_a_deleted_search_takes_its_alerts_with_it(session, founder, buyer) -> None:
    search = saved(session, founder)
    people.leak_demand(session, buyer)
    round_of(session)
    operations.delete(session, search.id, actor=founder, now=LATER)
    assert session.scalars(select(SearchAlert)).all() == []


def test_limits_and_what_cannot_be_saved(session, founder, buyer) -> None:
    assert refusal(saved, session, founder, SearchDraft("空")) == "saved_search.asks_nothing"
    assert refusal(saved, session, founder, SearchDraft("反", budget_min_fen=2, budget_max_fen=1)) == (
        "saved_search.budget_reversed")
    assert refusal(saved, session, buyer) == "profile.not_a_founder"
    search = saved(session, founder)
    assert refusal(saved, session, founder) == "saved_search.name_taken"
    other = people.founder(session, 2)
    assert refusal(operations.delete, session, search.id, actor=other, now=NOW) == "saved_search.not_found"
    for number in range(rules.MOST_SEARCHES - 1):
        saved(session, founder, replace(LEAK, name=f"第{number}个"))
    assert refusal(saved, session, founder, replace(LEAK, name="再一个")) == "saved_search.too_many"


def test_an_industry_is_found_by_its_code_or_by_another_name_of_its_division(session, founder, buyer) -> None:
    for name, industry in (("代码", "46"), ("名称", "水的生产和供应业")):
        saved(session, founder, SearchDraft(name, industry=industry))
    saved(session, founder, SearchDraft("纺织", industry="C17"))
    people.leak_demand(session, buyer)
    round_of(session)
    assert sorted(one.search.name for one in queries.alerts(session, founder.organisation_id)) == ["代码", "名称"]


def test_the_round_asks_the_database_as_often_for_many_searches_as_for_few(session, founder, buyer) -> None:
    """One pass over the searches for each demand: none of them costs a question of its own until it alerts."""
    asked: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for number in range(2, 5):
        person = people.founder(session, number)
        for place in range(10):
            saved(session, person, SearchDraft(f"第{place}个", text="量子"))
        demand = people.leak_demand(session, buyer)
        session.flush()
        session.expire_all()
        asked.clear()
        assert alerts.run(session, demand.id, now=LATER) == 0
        session.flush()
        counts.append(len(asked))
    assert len(set(counts)) == 1, counts
