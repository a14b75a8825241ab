"""Names for bidders who must not be named."""
from __future__ import annotations

from marketplace.i18n import language, t

STEMS = "甲乙丙丁戊己庚辛壬癸"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bidder(number: int) -> str:
    """投标人甲 / Bidder A; beyond the signs there are, the number."""
    signs = STEMS if language() == "zh" else LETTERS
    return t("panel.bidder", sign=signs[number - 1] if number <= len(signs) else number)
