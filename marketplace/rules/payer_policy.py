"""What a buyer's payment record counts for in the order of a founder's list: a policy of the platform, not learned.

The share of payments on time is shrunk towards a prior, so that a buyer nobody knows is neither helped nor harmed and
a single late payment does not sink one. It is added to the score (log-odds) as a part of its own; the chance shown to
both sides is of the match alone and does not contain it.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.rules.statutes import Dated


@dataclass(frozen=True)
class PayerPolicy:
    """(on_time + prior x strength) / (known + strength), times `weight` log-odds from the prior on."""

    prior: float
    strength: int
    weight: float

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most a record can ever count."""
        return -self.weight * self.prior, self.weight * (1 - self.prior)

    def rate(self, on_time: int, known: int) -> float:
        """The shrunk share of payments on time."""
        return (on_time + self.prior * self.strength) / (known + self.strength)

    def contribution(self, on_time: int, known: int) -> float:
        """What the record adds to the score; 0 for a buyer without a record."""
        return self.weight * (self.rate(on_time, known) - self.prior)


POLICY = Dated(PayerPolicy(prior=0.85, strength=5, weight=1.0), "log-odds", date(2026, 11, 21),
               "平台规则：付款记录在创始人榜单中的权重（2026-11-21起施行）")
