"""Changing what founders already read: what an addendum may touch, and how much bidding time must be left after it.

Basis: Tendering and Bidding Law Art. 23 (in force 2000-01-01): clarifications and changes are made in writing at least
15 days before bids are due, and go to everyone who has the documents; its implementing regulation Art. 21 (in force
2012-02-01): where less is left, the deadline is moved. Below the threshold of that law three days are the platform's.
"""
from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from marketplace.rules.statutes import Dated, in_force

TENDER_LAW = (Dated(15, "day", date(2000, 1, 1), "《中华人民共和国招标投标法》（2000-01-01起施行）第二十三条，"
                    "《招标投标法实施条例》（2012-02-01起施行）第二十一条"),)
PLATFORM = (Dated(3, "day", date(2026, 1, 1), "平台规则：未达招标限额的项目，补充公告后至少留三日"),)
# Weights and criteria, set-aside, industry and region stay: whoever bid has decided on them.
TEXTS = ("title", "scene", "data_offered", "description")
LISTS = ("deliverables", "acceptance_criteria", "required_skills", "required_certifications")
NUMBERS = ("duration_days", "work_days", "response_hours", "minimum_batch", "minimum_batch_unit")
UPWARDS = ("budget_fen",)          # a bid within the old budget stays within the new one
DOWNWARDS = ("term_days", "acceptance_period_days")  # only sooner: the terms a bidder counted on never get worse
CHANGEABLE = (*TEXTS, *LISTS, *NUMBERS, *UPWARDS, *DOWNWARDS)
_IMMATERIAL = frozenset({"title", "work_days"})


def is_material(changed: Collection[str]) -> bool:
    """Whether the change may change what a bid says: anything but the title and the work the buyer expects."""
    return bool(set(changed) - _IMMATERIAL)


def time_left(tender_law: bool, on: date) -> Dated[int]:
    """How many days of bidding must be left after a material change."""
    series = TENDER_LAW if tender_law else PLATFORM
    return in_force(series, on) or series[-1]


def latest_closing(deadline: date, published: date, *, tender_law: bool) -> date:
    """The day bids are due after a material change published on a day: the old one, or later by rule."""
    return max(deadline, published + timedelta(days=time_left(tender_law, published).value))
