"""300号 by the standard's own figures, in yuan."""
from __future__ import annotations

import pytest

from marketplace.rules.errors import Invalid
from marketplace.rules.size import Sector, size_class

MILLION = 100_000_000  # fen


@pytest.mark.parametrize(("sector", "staff", "millions", "size"), [
    (Sector.SOFTWARE, 1, 2, "micro"),
    (Sector.SOFTWARE, 10, 0.5, "small"),
    (Sector.SOFTWARE, 9, 500, "micro"),
    (Sector.SOFTWARE, 100, 10, "medium"),
    (Sector.SOFTWARE, 100, 9.99, "small"),
    (Sector.SOFTWARE, 300, 100, "large"),
    (Sector.SOFTWARE, 300, 99.99, "medium"),
    (Sector.INDUSTRY, 999, 4000, "medium"),
    (Sector.INDUSTRY, 1000, 400, "large"),
    (Sector.INDUSTRY, 19, 3, "micro"),
    (Sector.WHOLESALE, 5, 10, "small"),
    (Sector.RETAIL, 50, 5, "medium"),
    (Sector.INFORMATION_TRANSMISSION, 2000, 999, "medium"),
])
def test_a_class_needs_both_of_its_limits(sector, staff, millions, size):
    assert size_class(sector, staff=staff, revenue_fen=int(millions * MILLION)) == size


def test_business_services_are_measured_by_assets():
    assert size_class(Sector.LEASING_AND_BUSINESS_SERVICES, staff=300, assets_fen=1200 * MILLION) == "large"
    with pytest.raises(Invalid) as refused:
        size_class(Sector.LEASING_AND_BUSINESS_SERVICES, staff=300, revenue_fen=1200 * MILLION)
    assert refused.value.facts == {"measure": "assets"}


@pytest.mark.parametrize(("staff", "size"), [(1, "micro"), (10, "small"), (100, "medium"), (300, "large")])
def test_sectors_not_listed_are_measured_by_staff_alone(staff, size):
    assert size_class(Sector.OTHER, staff=staff) == size


def test_a_one_person_company_is_micro_in_every_sector():
    for sector in Sector:
        assert size_class(sector, staff=1, revenue_fen=10**13, assets_fen=10**13) == "micro"
