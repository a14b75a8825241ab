"""The operator's dated tables (rest days, LPR) as JSON documents: read strictly, completed, and compared.

Every fault of a document is named at once. A file says only what is new: what it does not name stays as it was.
Basis: 全国年节及纪念日放假办法 Art 2 (in force 2025-01-01) and the State Council's yearly notice for rest days;
Decree 802 Art 17 (in force 2025-06-01) for the LPR.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from marketplace.rules.dates import Calendar, Festivals, YearCalendar
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.lpr import LprTable, next_quote_day

FESTIVALS = ("spring_festival", "qingming", "dragon_boat", "mid_autumn")
# A quote outside this range of percent is a typing error, not a rate.
LPR_RANGE = (Decimal(0), Decimal(20))
# The State Council has published the next year's list in November (2024: on the 12th, 2025: on the 4th).
NEXT_YEAR_FROM_MONTH = 11
YEARS = range(1990, 2200)


class TableKind(StrEnum):
    """Which table."""

    HOLIDAYS = "holidays"
    LPR = "lpr"


@dataclass
class _Faults:
    """What is wrong so far; a value that cannot be read is None."""

    found: list[Problem] = field(default_factory=list)

    def note(self, where: str, code: str, **facts: Any) -> None:
        self.found.append(Problem(where, f"reference.{code}", facts))

    def check(self) -> None:
        if self.found:
            raise Problems(self.found)

    def day(self, where: str, text: Any) -> date | None:
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError):
            self.note(where, "not_a_date", value=str(text)[:40])
            return None

    def source(self, where: str, entry: Mapping[str, Any]) -> str:
        source = entry.get("source")
        if isinstance(source, str) and source.strip():
            return source.strip()
        self.note(f"{where}.source".strip("."), "no_source")
        return ""

    def mapping(self, where: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.note(where, "not_an_object")
        return {}

    def year(self, where: str, key: Any) -> int | None:
        if isinstance(key, str) and len(key) == 4 and key.isascii() and key.isdigit() and int(key) in YEARS:
            return int(key)
        self.note(where, "not_a_year", value=str(key)[:40])
        return None


def read_calendar(document: Any) -> Calendar:
    """{"years": {"2026": {"source", "off": [day], "makeup": [day]}}, "festivals": {"years": {…}}} as a Calendar.

    Raises Problems with every fault.
    """
    faults = _Faults()
    table = faults.mapping("", document)
    years: dict[int, YearCalendar] = {}
    for key, entry in (faults.mapping("years", table.get("years")) if table or not faults.found else {}).items():
        year = faults.year(f"years.{key}", key)
        if year is not None:
            years[year] = _year_calendar(faults, f"years.{key}", year, entry)
    if not years and not faults.found:
        faults.note("years", "no_year")
    computed = faults.mapping("festivals", table.get("festivals", {"years": {}}))
    festivals: dict[int, Festivals] = {}
    for key, entry in faults.mapping("festivals.years", computed.get("years")).items():
        year = faults.year(f"festivals.years.{key}", key)
        if year is not None and (found := _festivals(faults, f"festivals.years.{key}", year, entry)):
            festivals[year] = found
    faults.check()
    return Calendar(years, festivals)


def _year_calendar(faults: _Faults, where: str, year: int, value: Any) -> YearCalendar:
    entry = faults.mapping(where, value)
    if not isinstance(value, Mapping):
        return YearCalendar(frozenset(), frozenset(), "")
    off = _days(faults, f"{where}.off", entry.get("off"), year)
    makeup = _days(faults, f"{where}.makeup", entry.get("makeup"), year)
    if entry.get("off") == []:
        faults.note(f"{where}.off", "no_days_off", year=year)
    for day in sorted(off & makeup):
        faults.note(where, "off_and_working", day=day)
    for day in sorted(day for day in makeup - off if day.weekday() < 5):
        faults.note(f"{where}.makeup", "works_anyway", day=day)
    return YearCalendar(off, makeup, faults.source(where, entry))


def _days(faults: _Faults, where: str, entries: Any, year: int) -> frozenset[date]:
    if not isinstance(entries, list):
        faults.note(where, "not_a_list")
        return frozenset()
    days = [day for place, text in enumerate(entries) if (day := faults.day(f"{where}[{place}]", text)) is not None]
    for day in days:
        if day.year != year:
            faults.note(where, "other_year", day=day, year=year)
    for day in sorted({day for day in days if days.count(day) > 1}):
        faults.note(where, "listed_twice", day=day)
    return frozenset(days)


def _festivals(faults: _Faults, where: str, year: int, value: Any) -> Festivals | None:
    entry = faults.mapping(where, value)
    days = [faults.day(f"{where}.{name}", entry.get(name)) for name in FESTIVALS]
    for day in days:
        if day is not None and day.year != year:
            faults.note(where, "other_year", day=day, year=year)
    known = [day for day in days if day is not None]
    return Festivals(*known) if len(known) == len(FESTIVALS) else None


def read_lpr(document: Any) -> LprTable:
    """{"source", "verified_through": day, "quotes": [{"date": day, "percent": "3.00"}]}, oldest first, as a table.

    Raises Problems with every fault.
    """
    faults = _Faults()
    table = faults.mapping("", document)
    if not isinstance(document, Mapping):
        faults.check()
    quotes: list[tuple[date, Decimal]] = []
    entries = table.get("quotes")
    if not isinstance(entries, list) or not entries:
        faults.note("quotes", "no_quotes")
        entries = []
    for place, value in enumerate(entries):
        entry = faults.mapping(f"quotes[{place}]", value)
        day = faults.day(f"quotes[{place}].date", entry.get("date"))
        percent = _percent(faults, f"quotes[{place}].percent", entry.get("percent"))
        if day is not None and quotes and day <= quotes[-1][0]:
            faults.note(f"quotes[{place}].date", "not_after", day=day, before=quotes[-1][0])
        if day is not None and percent is not None:
            quotes.append((day, percent))
    verified = faults.day("verified_through", table.get("verified_through"))
    if verified and quotes and verified < quotes[-1][0]:
        faults.note("verified_through", "before_last_quote", day=verified, last=quotes[-1][0])
    source = faults.source("", table)
    faults.check()
    return LprTable(tuple(quotes), verified or date.min, source)


def _percent(faults: _Faults, where: str, text: Any) -> Decimal | None:
    try:
        percent = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        percent = Decimal("NaN")
    if percent.is_finite() and LPR_RANGE[0] < percent < LPR_RANGE[1]:
        return percent
    faults.note(where, "not_a_rate", value=str(text)[:40])
    return None


def completed(kind: TableKind, current: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The table that results when a (valid) file is laid over the one in force.

    Holidays: a year in the file replaces that year. LPR: the file's quotes replace those from its first day on.
    """
    if kind is TableKind.HOLIDAYS:
        festivals = {**current.get("festivals", {}).get("years", {}), **new.get("festivals", {}).get("years", {})}
        return {"years": dict(sorted({**current["years"], **new["years"]}.items())),
                "festivals": {"years": dict(sorted(festivals.items()))}}
    first = new["quotes"][0]["date"]
    kept = [quote for quote in current["quotes"] if quote["date"] < first]
    quotes = [{"date": quote["date"], "percent": quote["percent"]} for quote in (*kept, *new["quotes"])]
    return {"source": new["source"], "quotes": quotes,
            "verified_through": max(new["verified_through"], quotes[-1]["date"])}


@dataclass(frozen=True)
class Changes:
    """What a new table says otherwise. `days`: days that rest or work now and did not before, the reverse included;
    `years`: newly published ones; `quotes`: (day, percent before, percent now), None where there is none.
    `first_day` is the earliest day on which anything can come out otherwise."""

    days: tuple[date, ...] = ()
    years: tuple[int, ...] = ()
    quotes: tuple[tuple[date, Decimal | None, Decimal | None], ...] = ()
    verified: tuple[date, date] | None = None

    @property
    def first_day(self) -> date | None:
        changed = [*self.days, *(date(year, 1, 1) for year in self.years), *(day for day, _, _ in self.quotes)]
        return min(changed, default=None)

    @property
    def nothing(self) -> bool:
        return self.first_day is None and self.verified is None


def calendar_changes(old: Calendar, new: Calendar) -> Changes:
    """Days on which two calendars disagree, and years published only in the new one."""
    days: list[date] = []
    for year in sorted(set(old.years) | set(new.years)):
        if old.years.get(year) == new.years.get(year) and year in old.years:
            continue
        day = date(year, 1, 1)
        while day.year == year:
            if old.is_rest_day(day) != new.is_rest_day(day):
                days.append(day)
            day += timedelta(days=1)
    return Changes(days=tuple(days), years=tuple(sorted(set(new.years) - set(old.years))))


def lpr_changes(old: LprTable, new: LprTable) -> Changes:
    """Quotes on which two tables disagree; a repeated quote of the same rate changes nothing."""
    before, now = dict(old.quotes), dict(new.quotes)
    changed = tuple((day, _rate_on(old, day), _rate_on(new, day)) for day in sorted(before.keys() | now.keys())
                    if _rate_on(old, day) != _rate_on(new, day))
    verified = None if old.verified_through == new.verified_through else (old.verified_through, new.verified_through)
    return Changes(quotes=changed, verified=verified)


def _rate_on(table: LprTable, day: date) -> Decimal | None:
    return next((percent for quoted, percent in reversed(table.quotes) if quoted <= day), None)


@dataclass(frozen=True)
class Missing:
    """What the tables lack on a day: calendar years, and months (their first days) whose LPR quote was due."""

    years: tuple[int, ...]
    months: tuple[date, ...]

    def __bool__(self) -> bool:
        return bool(self.years or self.months)


def missing(calendar: Calendar, lpr: LprTable, *, today: date) -> Missing:
    """This year's list, from November on the next year's too; every quote due by today that is not loaded."""
    wanted = [today.year] + [today.year + 1] * (today.month >= NEXT_YEAR_FROM_MONTH)
    months, due = [], next_quote_day(lpr.verified_through)
    while due <= today:
        months.append(due.replace(day=1))
        due = next_quote_day(due)
    return Missing(tuple(year for year in wanted if not calendar.published(year)), tuple(months))
