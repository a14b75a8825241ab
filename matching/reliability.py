"""Whether a score means what it says: the predicted chance against what was judged, as a table and a figure."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from matching import train

BINS = 10
RELEVANT = 0.5
"""Chance of being shortlisted (train.SHORTLISTED) from which a pair counts as suitable: grades 2 and 3."""
_SIDE, _LEFT, _TOP = 320, 62, 34


@dataclass(frozen=True, slots=True)
class Reliability:
    """bins: predicted, observed, pairs; error: mean gap of the two, weighed by pairs.

    pooled: chance that a suitable pair outscores an unsuitable one of any demand; per_demand: of the same
    demand, mean over demands; per_profile: of the same profile. Near one another, scores compare across
    demands and across profiles.
    """

    bins: list[dict[str, float | int]]
    error: float
    pooled: float
    per_demand: float
    per_profile: float


def measure(scores: np.ndarray, target: np.ndarray) -> Reliability:
    """scores: (demands, profiles) log-odds from cross-validation; target: the chance each grade stands for."""
    bins = train.reliability(scores, target, count=BINS)
    error = sum(abs(b["predicted"] - b["observed"]) * b["pairs"] for b in bins) / scores.size
    suited = target >= RELEVANT
    return Reliability(
        bins, error, _auc(scores.ravel(), suited.ravel()), _mean_auc(scores, suited), _mean_auc(scores.T, suited.T)
    )


def _mean_auc(scores: np.ndarray, suited: np.ndarray) -> float:
    both = [(row, own) for row, own in zip(scores, suited, strict=True) if own.any() and not own.all()]
    return float(np.mean([_auc(row, own) for row, own in both]))


def _auc(scores: np.ndarray, suited: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(suited, scores))


def table(found: Reliability) -> str:
    """Markdown."""
    lines = ["| predicted | observed | pairs |", "|---|---|---|"]
    lines += [f"| {b['predicted']:.3f} | {b['observed']:.3f} | {b['pairs']} |" for b in found.bins]
    lines.append(
        f"\ncalibration error {found.error:.4f}; AUC pooled {found.pooled:.4f}, "
        f"within a demand {found.per_demand:.4f}, within a profile {found.per_profile:.4f}"
    )
    return "\n".join(lines)


def figure(found: Reliability, title: str) -> str:
    """The figure as SVG text: one dot per bin, larger for more pairs, and the line where both are equal."""
    dots = "\n".join(
        f'<circle cx="{_x(float(b["predicted"])):.1f}" cy="{_y(float(b["observed"])):.1f}" '
        f'r="{3 + 2 * np.log10(b["pairs"]):.1f}" fill="#b3261e" fill-opacity="0.75">'
        f"<title>{b['pairs']}</title></circle>"
        for b in found.bins
    )
    ticks = "\n".join(
        f'<text x="{_x(v):.0f}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{v:.1f}</text>'
        f'<text x="{_LEFT - 8}" y="{_y(v) + 4:.0f}" text-anchor="end">{v:.1f}</text>'
        for v in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    )
    middle = _TOP + _SIDE // 2
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SIDE + 24} {_TOP + _SIDE + 52}" \
font-family="sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="{_LEFT}" y="20" font-size="13">{escape(title)}</text>
<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>
<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" stroke-dasharray="4 4"/>
{ticks}
{dots}
<text x="{_LEFT + _SIDE // 2}" y="{_TOP + _SIDE + 40}" text-anchor="middle">预测入围概率 predicted</text>
<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">实际入围比例 observed</text>
</svg>
"""


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE
