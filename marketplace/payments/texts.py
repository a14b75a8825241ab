"""Law in the reader's words: why this date, what is flagged, and the arithmetic of lateness."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.i18n import t
from marketplace.rules import payment_facts as law
from marketplace.rules import statutes
from marketplace.rules.errors import Invalid
from marketplace.rules.late_interest import Segment
from marketplace.rules.payment_term import ACCEPTANCE_PENDING, SETTLEMENT_PENDING, Step
from marketplace.rules.statement import Statement

_NAMED: Mapping[str, type] = {"payer_type": law.PayerType, "payee_size": law.EnterpriseSize, "unit": law.RateUnit}
_MONEY = ("interest", "undisputed_due_fen")


def step(found: Step, lang: str | None = None) -> str:
    """The sentence of one step: key step.<note_code>."""
    facts = {name: _NAMED[name](value) if name in _NAMED and value is not None else value
             for name, value in found.facts.items()}
    value = "value_fen" if found.what in _MONEY else "value"
    return t(f"step.{found.note_code}", lang, **facts, **{value: found.value})


def basis(steps: Iterable[Step], lang: str | None = None) -> list[tuple[str, str]]:
    """Steps as the macro `date_basis` prints them: (sentence, title of the article)."""
    return [(step(one, lang), t(f"article.{one.article}.title", lang)) for one in steps]


def why_due(found: Statement, lang: str | None = None) -> list[tuple[str, str]]:
    """Every step from scope to due date; what concerns the amount is left to the arithmetic."""
    return basis([one for one in found.steps if one.what not in ("rate", "interest", "allocation")], lang)


def why_amount(found: Statement, lang: str | None = None) -> list[tuple[str, str]]:
    """The steps about rate, interest and allocation."""
    return basis([one for one in found.steps if one.what in ("rate", "interest", "allocation")], lang)


def articles(found: Statement, lang: str | None = None) -> list[tuple[str, str, str]]:
    """(title, gist, official citation with its day in force) of every article a statement rests on, once each."""
    keys = dict.fromkeys(one.article for one in found.steps)
    return [(t(f"article.{key}.title", lang), t(f"article.{key}.text", lang), statutes.article(key).citation)
            for key in keys]


def flags(found: Statement, lang: str | None = None) -> list[str]:
    """Flags and warnings in the order in which they were found."""
    return [t(f"flag.{code}", lang) for code in found.flags + found.warnings]


def exact_yuan(fen: Fraction) -> str:
    """An exact amount with as many of four decimals as it needs: it is summed before it is rounded."""
    yuan = (Decimal(fen.numerator) / Decimal(fen.denominator) / 100).quantize(Decimal("0.0001"))
    whole, _, decimals = f"{yuan:,.4f}".partition(".")
    return f"¥{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def percent_a_day(daily: Fraction) -> str:
    """A daily rate in percent: "0.05%", "0.008219%"."""
    percent = (Decimal(daily.numerator) / Decimal(daily.denominator) * 100).quantize(Decimal("0.000001"))
    return f"{percent.normalize():f}%"


def segments(found: Statement) -> list[dict[str, Any]]:
    """The interest by segment, as the page prints its rows."""
    rows: tuple[Segment, ...] = found.accrual.segments if found.accrual and found.due else ()
    return [{"first": row.first, "last": row.last, "days": row.days, "principal_fen": row.principal_fen,
             "rate": percent_a_day(row.daily), "interest": exact_yuan(row.interest)} for row in rows]


def state(found: Statement, *, rejected: bool, waits_for_settlement: bool) -> tuple[str, dict[str, Any]]:
    """(key payments.state.<…>, facts) of the one sentence that says where an obligation stands."""
    facts: dict[str, Any] = {"as_of": found.as_of, "due": found.due, "left_fen": found.principal_left_fen,
                             "interest_fen": found.interest_unpaid_fen, "days": found.overdue_days}
    if not found.in_scope or found.accrual is None or found.term is None:
        return "out_of_scope", facts
    if rejected:
        return "rejected", facts
    if found.accrual.principal_left_fen == 0 and found.accrual.cleared_on is not None:
        facts["cleared"] = found.accrual.cleared_on
        return ("paid_late" if found.overdue_days else "paid"), facts
    if found.due is None:
        return ("settlement_open" if waits_for_settlement else "no_due_date"), facts
    if found.accrual.principal_left_fen == 0:
        return "all_disputed", facts
    if found.is_overdue:
        return "overdue", facts
    if found.due == found.as_of:
        return "due_today", facts
    pending = {ACCEPTANCE_PENDING, SETTLEMENT_PENDING} & set(found.warnings)
    return ("at_the_latest" if pending else "not_due"), facts


def day_or(text: str | None, otherwise: dt.date) -> dt.date:
    """A day from an address, `otherwise` where none is named.

    Raises Invalid (day.unreadable) for what is no day of the years a contract can be about: figures of another day
    than the one asked for would look right.
    """
    asked = (text or "").strip()
    if not asked:
        return otherwise
    try:
        found = dt.date.fromisoformat(asked)
    except ValueError as error:
        raise Invalid("day.unreadable", given=asked[:40]) from error
    if not 2000 <= found.year < 2100:
        raise Invalid("day.unreadable", given=asked[:40])
    return found
