"""The blueprint the operator's pages share, and the day they are looked at."""
from __future__ import annotations

import datetime as dt

from flask import Blueprint, request
from werkzeug.wrappers import Response

from marketplace import clock
from marketplace.forms import parse
from marketplace.oversight.schemas import AsOfQuery
from marketplace.rules.errors import Problems

pages = Blueprint("oversight", __name__)
Page = str | Response | tuple[str, int]
ROW = "int(max=2147483647)"


def day_asked() -> tuple[dt.date, dt.date]:
    """(the day of ?as_of, today); today where none is named. Raises Problems (as_of)."""
    today = clock.legal_day(clock.utc_now())
    asked = request.args.get("as_of", "").strip()
    return (parse(AsOfQuery(), {"as_of": asked})["as_of"] if asked else today), today


def day_or_today() -> tuple[dt.date, dt.date]:
    """The same for pages without a form for it: a day that is none is today."""
    try:
        return day_asked()
    except Problems:
        today = clock.legal_day(clock.utc_now())
        return today, today
