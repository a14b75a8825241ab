"""What the operator of the demo market has on its desk: saved views, a contract under watch, a note, a reminder."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.oversight import bulk, saved
from marketplace.oversight.bulk import BulkAction, Order
from marketplace.oversight.filters import Filters, View
from marketplace.oversight.queries import Desk
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script

VIEWS = (("十万元以上的逾期", "view=late&amount_min=100000", True),
         ("大型企业拖了三十天以上", "view=late&payer_type=large_enterprise&late_min=30", True),
         ("验收停滞", "view=all&flag=P2", False))


def place(script: Script, *, today: dt.date) -> None:
    """Yesterday afternoon the operator went through what was late."""
    operator = script.cast.operator
    script.add(at(today - DAY, 15), lambda session, now: _views(session, operator, now))
    script.add(at(today - DAY, 15, 30), lambda session, now: _work(session, operator, now))


def _views(session: Session, operator: User, now: dt.datetime) -> None:
    for name, query, shared in VIEWS:
        saved.save(session, name=name, query=query, shared=shared, actor=operator, now=now)


def _work(session: Session, operator: User, now: dt.datetime) -> None:
    """The longest late contract is watched and assigned, its buyer reminded, what was said on the phone noted."""
    desk = Desk(session, as_of=legal_day(now), viewer_id=operator.id)
    late = [line.row_id for line in desk.find(Filters(view=View.LATE), limit=2).lines]
    orders = (
        Order(BulkAction.WATCH, tuple(late), "逾期最久的两笔，每周跟进", "d" * 31 + "1"),
        Order(BulkAction.ASSIGN, tuple(late[:1]), "由值班人员跟进", "d" * 31 + "2", person_id=operator.id),
        Order(BulkAction.REMIND, tuple(late[:1]), "逾期已久，首次由运营方催办", "d" * 31 + "3",
              text="该笔款项逾期已久，请于五个工作日内付款，或在页面上说明付款安排。"),
        Order(BulkAction.NOTE, tuple(late[:1]), "电话沟通留痕", "d" * 31 + "4",
              text="采购方财务称正在走付款审批，预计下周付款。"))
    for order in orders:
        bulk.carry_out(session, order, actor=operator, now=now)
