"""The only reader of the wall clock. Everything else is told the time."""
from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def legal_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Asia/Shanghai on which a moment falls: the day the law counts."""
    return moment.astimezone(SHANGHAI).date()
