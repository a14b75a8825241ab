"""Who may take a demand that is reserved.

Basis: SME Promotion Law Art. 40 (in force 2018-01-01): of the procurement reserved for SMEs at least 60 percent goes
to small and micro enterprises. The platform reserves for these two sizes only (policy), because a one-person company
is one of them.
"""
from __future__ import annotations

from marketplace.rules.payment_facts import EnterpriseSize

RESERVED_FOR = frozenset({EnterpriseSize.MICRO, EnterpriseSize.SMALL})


def admits(size: str | None) -> bool:
    """Whether an enterprise of this size class may take a reserved demand."""
    return size in RESERVED_FOR
