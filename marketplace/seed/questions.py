"""Questions about demands on the list: answered, corrected, hidden for abuse, and one that still waits."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.questions import operations as questions
from marketplace.rules.lifecycle import DemandStatus
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script, demand

ANSWERED, WAITING = "dv-d047", "dv-d050"  # both take bids for more than two weeks from today
FIRST, SECOND, THIRD = "dv-p121", "dv-p018", "dv-p140"
Act = Callable[[Session, Demand], object]


def place(script: Script, *, today: dt.date) -> None:
    """All of it yesterday and this morning, in the first days of bidding."""
    people, morning, noon = script.cast.founders, at(today - DAY, 9, 40), at(today - DAY, 13)

    def ask(ref: str, profile: str, text: str, moment: dt.datetime) -> None:
        _at(script, ref, moment, lambda session, found: questions.ask(
            session, found, text, actor=people[profile], now=moment))

    def answer(number: int, text: str, moment: dt.datetime) -> None:
        buyer = script.cast.buyer_of[ANSWERED]
        _at(script, ANSWERED, moment, lambda session, found: questions.answer(
            session, found, number, text, actor=buyer, now=moment))

    ask(ANSWERED, FIRST, "历史作业数据有多长时间？字段里有船期变更的记录吗？", morning)
    ask(ANSWERED, THIRD, "验收用哪几条航线的数据？投标人能否先看一个样例？", morning + dt.timedelta(minutes=25))
    ask(ANSWERED, FIRST, "排程结果需要写回现有系统，还是导出表格即可？", morning + dt.timedelta(minutes=50))
    ask(ANSWERED, SECOND, "长期代写标书、包中标，有意者请联系。", noon)
    answer(1, "提供 12 个月的作业数据，字段含船期变更记录。", noon + dt.timedelta(minutes=20))
    answer(2, "验收用近洋三条航线；签约前可在本单位现场查看样例，请通过平台预约。", noon + dt.timedelta(minutes=30))
    answer(1, "更正：提供 18 个月的作业数据，字段含船期变更记录和变更原因。", noon + dt.timedelta(hours=2))
    hidden = noon + dt.timedelta(hours=1)
    _at(script, ANSWERED, hidden, lambda session, found: questions.hide(
        session, found, 4, "广告，与需求无关。", actor=script.cast.operator, now=hidden))
    ask(WAITING, THIRD, "曝气流量和溶解氧的采样间隔是多少？可否提供一周数据试算？", noon)


def _at(script: Script, ref: str, moment: dt.datetime, act: Act) -> None:
    def do(session: Session, now: dt.datetime) -> None:
        found = demand(session, ref)
        if found.status == DemandStatus.ACTIVE and now <= found.bid_deadline:
            act(session, found)

    script.add(moment, do)
