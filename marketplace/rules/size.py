"""Size class of an enterprise, fixed when a contract is signed.

Basis: 中小企业划型标准规定（工信部联企业〔2011〕300号, in force 2011-06-18）Art 4; Decree 802 Art 3 for the day that
counts. A class needs both of its lower limits; missing one drops the enterprise a class.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.rules.errors import Invalid
from marketplace.rules.money import FEN_PER_YUAN
from marketplace.rules.payment_facts import EnterpriseSize

_MILLION = 1_000_000 * FEN_PER_YUAN


class Sector(StrEnum):
    """Rows of the standard that one-person companies and their buyers fall under."""

    INDUSTRY = "industry"
    WHOLESALE = "wholesale"
    RETAIL = "retail"
    INFORMATION_TRANSMISSION = "information_transmission"
    SOFTWARE = "software"
    LEASING_AND_BUSINESS_SERVICES = "leasing_and_business_services"
    OTHER = "other"


class Measure(StrEnum):
    """What stands beside the staff in a row: last year's revenue, total assets, or nothing."""

    REVENUE = "revenue"
    ASSETS = "assets"
    NONE = "none"


@dataclass(frozen=True)
class Limits:
    """Lower limits of large, medium and small: (staff, fen of the measure)."""

    measure: Measure
    large: tuple[int, int]
    medium: tuple[int, int]
    small: tuple[int, int]


def _row(measure: Measure, large: tuple[int, int], medium: tuple[int, int], small: tuple[int, int]) -> Limits:
    """Limits from (staff, ten thousand yuan), as the standard prints them."""
    tens = _MILLION // 100
    return Limits(measure, *((staff, amount * tens) for staff, amount in (large, medium, small)))


LIMITS = {
    Sector.INDUSTRY: _row(Measure.REVENUE, (1000, 40_000), (300, 2_000), (20, 300)),
    Sector.WHOLESALE: _row(Measure.REVENUE, (200, 40_000), (20, 5_000), (5, 1_000)),
    Sector.RETAIL: _row(Measure.REVENUE, (300, 20_000), (50, 500), (10, 100)),
    Sector.INFORMATION_TRANSMISSION: _row(Measure.REVENUE, (2000, 100_000), (100, 1_000), (10, 100)),
    Sector.SOFTWARE: _row(Measure.REVENUE, (300, 10_000), (100, 1_000), (10, 50)),
    Sector.LEASING_AND_BUSINESS_SERVICES: _row(Measure.ASSETS, (300, 120_000), (100, 8_000), (10, 100)),
    Sector.OTHER: _row(Measure.NONE, (300, 0), (100, 0), (10, 0)),
}


def size_class(sector: Sector, *, staff: int, revenue_fen: int | None = None,
               assets_fen: int | None = None) -> EnterpriseSize:
    """The class by staff and last year's revenue or total assets, whichever the sector's row asks for.

    Raises Invalid: size.staff_negative, size.figure_missing (which one is in `measure`).
    """
    if staff < 0:
        raise Invalid("size.staff_negative", staff=staff)
    limits = LIMITS[sector]
    amount = {Measure.REVENUE: revenue_fen, Measure.ASSETS: assets_fen, Measure.NONE: 0}[limits.measure]
    if amount is None or amount < 0:
        raise Invalid("size.figure_missing", measure=limits.measure)
    for size, (least_staff, least_fen) in ((EnterpriseSize.LARGE, limits.large),
                                           (EnterpriseSize.MEDIUM, limits.medium),
                                           (EnterpriseSize.SMALL, limits.small)):
        if staff >= least_staff and amount >= least_fen:
            return size
    return EnterpriseSize.MICRO
