"""How the desk says things: a flag's reason, a row of a file, where a line stands on its way to money."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from marketplace.i18n import day, label, t
from marketplace.oversight.queries import Line
from marketplace.payments.turns import Turn
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.red_flags import PLATFORM_RULE, Flag, RedFlag
from marketplace.rules.statutes import ARTICLES

STATIONS = ("awarded", "signed", "delivered", "accepted", "due", "paid")
# Which station is reached by whose turn.
NEXT = {Turn.CONFIRM_CONTRACT: "signed", Turn.DELIVER: "delivered", Turn.REDELIVER: "delivered",
        Turn.ACCEPT: "accepted", Turn.CONFIRM_SETTLEMENT: "due", Turn.PAY: "paid", Turn.CONFIRM_PAYMENT: "paid",
        Turn.RESOLVE_DISPUTE: "paid"}


@dataclass(frozen=True)
class Station:
    """One point of the line: `state` is done, late, next or future; `days` since the station before."""

    name: str
    on: dt.date | None
    state: str
    days: int | None


def way(line: Line, as_of: dt.date) -> list[Station]:
    """The six stations of a milestone, in order. What is late is the station that should have been reached by now."""
    days = {"awarded": line.awarded_on, "signed": line.signed_on, "delivered": line.delivered_on,
            "accepted": line.accepted_on, "due": line.due_on, "paid": line.paid_on}
    following = NEXT.get(line.turn)
    found, before = [], None
    for name in STATIONS:
        on = days[name]
        if on is not None and on <= as_of and not (name == "due" and line.stage == "overdue"):
            state = "done"
        elif line.late_days and (name == following or (name == "due" and line.stage == "overdue")):
            state = "late"
        else:
            state = "next" if name == following else "future"
        reached = on if on is not None else as_of if state == "late" else None
        found.append(Station(name, on, state, (reached - before).days if reached and before else None))
        before = on if on is not None else before
    return found


def flag_title(flag: str) -> str:
    return t(f"flag.{flag}.title")


def flag_reason(found: RedFlag) -> str:
    """Why a flag is raised, with its facts; key flag.<identifier>.reason, or the variant the facts call for."""
    grounds = found.grounds
    variant = {
        Flag.TERM_OVER_CAP: "reason_given" if grounds.get("has_reason") else "reason",
        Flag.ACCEPTANCE_STALLED: "reason" if grounds.get("period_end") else "reason_no_period",
        Flag.NO_PAYMENT_RECORD: "reason" if grounds.get("first_planned_on") else "reason_unsigned",
    }.get(found.flag, "reason")
    return t(f"flag.{found.flag}.{variant}", **grounds, **found.measured)


def basis(source: str) -> str:
    """The citation of an article, or that it is the platform's own rule."""
    return t("flag.platform") if source == PLATFORM_RULE else ARTICLES[source].citation


def href(line: Line) -> str:
    """The page a line leads to."""
    if line.obligation_id:
        return f"/payments/{line.obligation_id}"
    return f"/contracts/{line.number}" if line.number else f"/demands/{line.code}"


COLUMNS = ("number", "code", "title", "milestone", "buyer", "founder", "payer_type", "stage", "awarded_on",
           "signed_on", "delivered_on", "accepted_on", "due_on", "paid_on", "amount_yuan", "open_yuan",
           "interest_yuan", "turn", "until", "late_days", "disputed", "provisional", "flags", "watched", "assigned_to")


def cells(line: Line) -> list[Any]:
    """A line as a row of a file, in the order of COLUMNS; amounts are yuan with two digits, days are days."""
    yes = {True: t("payments.terms.yes"), False: ""}
    return [line.number or "", line.code, line.title, f"{line.position}. {line.milestone}" if line.milestone else "",
            line.buyer, line.founder or "", label(PayerType(line.payer_type)), t(f"desk.stage.{line.stage}"),
            line.awarded_on, line.signed_on, line.delivered_on, line.accepted_on, line.due_on, line.paid_on,
            yuan(line.amount_fen), yuan(line.open_fen), yuan(line.interest_fen), label(line.turn), line.until,
            line.late_days, yes[line.disputed_fen > 0], yes[bool(line.provisional)],
            " ".join(one.flag for one in line.flags), yes[bool(line.watched)], line.assigned_to]


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def month(first: dt.date) -> str:
    return f"{first.year}-{first.month:02d}"


__all__ = ["COLUMNS", "Station", "basis", "cells", "day", "flag_reason", "flag_title", "href", "month", "way", "yuan"]
