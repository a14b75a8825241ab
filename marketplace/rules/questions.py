"""Questions about a posted need: until when they may be asked, when silence moves the bid deadline, who asked.

Basis: platform rule since 2026-01-01. The reading time follows 《政府采购非招标采购方式管理办法》
(财政部令第74号) Arts 29 and 45 (in force 2014-02-01): what may change the offers is told three working days before they
are due, or they are due later. That rule binds government procurement; here it is kept for every buyer.
"""
from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from marketplace.rules import dates
from marketplace.rules.dates import Calendar
from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statutes import Dated, in_force

SHANGHAI = ZoneInfo("Asia/Shanghai")
_SINCE = dt.date(2026, 1, 1)
_PLATFORM = "平台规则（2026-01-01起）"
_READING = ("平台规则（2026-01-01起），"
            "参照《政府采购非招标采购方式管理办法》（财政部令第74号，2014-02-01起施行）第二十九条")
CLOSES_BEFORE = (Dated(5, "working days before the bid deadline", _SINCE, _PLATFORM),)
ANSWER_WITHIN = (Dated(2, "working days", _SINCE, _PLATFORM),)
READING_TIME = (Dated(3, "working days before the bid deadline", _SINCE, _READING),)
SHORT_BIDDING = (Dated(5, "working days from publication to the bid deadline", _SINCE, _PLATFORM),)
EXTENSION = (Dated(2, "working days", _SINCE, _PLATFORM),)
MOST_EXTENSIONS = (Dated(3, "extensions of one demand", _SINCE, _PLATFORM),)
MOST_QUESTIONS = 20  # of one asker about one demand, withdrawn and hidden ones too
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_REASON = 1_000, 4_000, 500
UNANSWERED, ANSWERED_LATE = "question_unanswered", "question_answered_late"


class QuestionStatus(StrEnum):
    """A question waits for its answer, has one, or is taken out of sight by its asker or the operator."""

    OPEN = "open"
    ANSWERED = "answered"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


_Q = QuestionStatus
QUESTION = Lifecycle("question", _Q, {
    (_Q.OPEN, "answer"): _Q.ANSWERED,
    (_Q.ANSWERED, "answer"): _Q.ANSWERED,
    (_Q.OPEN, "withdraw"): _Q.WITHDRAWN,
    (_Q.OPEN, "hide"): _Q.HIDDEN,
    (_Q.ANSWERED, "hide"): _Q.HIDDEN,
})


def number(series: tuple[Dated[int], ...], on: dt.date) -> int:
    """A figure of this module as in force on a day; the first one for days before it."""
    return (in_force(series, on) or series[0]).value


def closes_at(published_at: dt.datetime, bid_deadline: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The last moment for a question: the deadline's time of day, five working days before it.

    Where bidding is so short that this would leave less than half of it for questions, half of it. It is computed, so
    it moves with the deadline.
    """
    local = bid_deadline.astimezone(SHANGHAI)
    day = local.date()
    for _ in range(number(CLOSES_BEFORE, day)):
        day = dates.working_day_before(day, calendar)
    usual = dt.datetime.combine(day, local.time(), tzinfo=SHANGHAI).astimezone(dt.UTC)
    return max(usual, (published_at + (bid_deadline - published_at) / 2).astimezone(dt.UTC))


def days_waiting(asked_on: dt.date, today: dt.date, calendar: Calendar) -> int:
    """The working days that are full since a question was asked, the day of asking not counted."""
    days, day = 0, asked_on
    while (day := day + dates.DAY) <= today:
        days += not calendar.is_rest_day(day)
    return days


def answer_by(asked_on: dt.date, calendar: Calendar) -> dt.date:
    """The last day on which an answer is in time."""
    return dates.add_working_days(asked_on, number(ANSWER_WITHIN, asked_on), calendar).day


def is_overdue(asked_on: dt.date, today: dt.date, calendar: Calendar) -> bool:
    """Whether the last day for an answer is over."""
    return today > answer_by(asked_on, calendar)


@dataclass(frozen=True)
class Pace:
    """How many working days an answer leaves for reading, and by how many a silence moves the deadline."""

    reading: int
    extension: int


def pace(published_at: dt.datetime, bid_deadline: dt.datetime, today: dt.date, calendar: Calendar) -> Pace:
    """The pace of one demand: one working day each where bidding as a whole lasts five or fewer (small orders)."""
    whole = days_waiting(legal_day(published_at), legal_day(bid_deadline), calendar)
    if whole <= number(SHORT_BIDDING, today):
        return Pace(1, 1)
    return Pace(number(READING_TIME, today), number(EXTENSION, today))


def leaves_too_little(bid_deadline: dt.datetime, today: dt.date, reading: int, calendar: Calendar) -> bool:
    """Whether an answer given today would leave founders less than the reading time."""
    return legal_day(bid_deadline) < dates.add_working_days(today, reading, calendar).day


def must_move(asked_on: Iterable[dt.date], bid_deadline: dt.datetime, today: dt.date, pace: Pace,
              calendar: Calendar) -> bool:
    """Whether unanswered questions, by the days they were asked, move the deadline today: it comes closer than the
    reading time, and one of them is overdue, or the last working day for an answer has come."""
    if not leaves_too_little(bid_deadline, today, pace.reading, calendar):
        return False
    last = leaves_too_little(bid_deadline, today, 2, calendar)
    return any(last or is_overdue(day, today, calendar) for day in asked_on)


def after_silence(bid_deadline: dt.datetime, pace: Pace, calendar: Calendar) -> dt.datetime:
    """Where the deadline goes while a question asked in time has no answer."""
    return _at_same_time(bid_deadline, legal_day(bid_deadline), pace.extension, calendar)


def after_late_answer(bid_deadline: dt.datetime, today: dt.date, pace: Pace, calendar: Calendar) -> dt.datetime:
    """Where the deadline goes when an answer came late: the whole reading time from today."""
    return _at_same_time(bid_deadline, today, pace.reading, calendar)


def legal_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Beijing of a moment."""
    return moment.astimezone(SHANGHAI).date()


def _at_same_time(moment: dt.datetime, start: dt.date, days: int, calendar: Calendar) -> dt.datetime:
    day = dates.add_working_days(start, days, calendar).day
    return dt.datetime.combine(day, moment.astimezone(SHANGHAI).time(), tzinfo=SHANGHAI).astimezone(dt.UTC)


def letters(place: int) -> str:
    """The public name of a demand's `place`-th asker, from 1: A … Z, AA, AB …"""
    text = ""
    while place > 0:
        place, left = divmod(place - 1, 26)
        text = chr(ord("A") + left) + text
    return text


_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w|(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")


def gives_away(text: str, names: Iterable[str]) -> str | None:
    """What in a question tells who asks: one of `names` (company, person, USCC), a mail address, a mobile number."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    for name in names:
        wanted = unicodedata.normalize("NFKC", name).casefold().strip()
        if len(wanted) > 1 and wanted in plain:
            return name
    found = _CONTACT.search(plain)
    return found[0] if found else None
