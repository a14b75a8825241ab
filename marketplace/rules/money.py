"""Money is an integer number of fen (1 yuan = 100 fen); exact fractions inside, one rounding per published amount."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.errors import Invalid

FEN_PER_YUAN = 100
# What a BIGINT column holds with room to multiply by a day count: 10 trillion yuan.
MAX_FEN = 10**15
_UNITS = {"": 1, "元": 1, "圆": 1, "块": 1, "千元": 1_000, "万": 10_000, "万元": 10_000, "百万元": 1_000_000,
          "亿": 100_000_000, "亿元": 100_000_000}
_AMOUNT = re.compile(
    r"(?P<sign>-?)(?:CNY|RMB|人民币|¥)?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?P<unit>[一-鿿]*)(?:CNY|RMB)?",
    re.IGNORECASE)


def parse_yuan(text: str, *, allow_zero: bool = False) -> int:
    """Fen in an amount of yuan as people write it: "12,000.50", "１２，０００", "1.2万元", "¥300".

    Raises Invalid: money.missing, money.not_a_number, money.negative, money.zero, money.smaller_than_a_fen,
    money.too_large.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text or "")).replace("￥", "¥").replace("、", ",")
    if not plain:
        raise Invalid("money.missing")
    found = _AMOUNT.fullmatch(plain.removesuffix("整").removesuffix("正"))
    if found is None or found["unit"] not in _UNITS:
        raise Invalid("money.not_a_number", text=text)
    fen = Fraction(found["number"].replace(",", "")) * _UNITS[found["unit"]] * FEN_PER_YUAN
    if found["sign"] and fen:
        raise Invalid("money.negative", text=text)
    if fen.denominator != 1:
        raise Invalid("money.smaller_than_a_fen", text=text)
    if fen == 0 and not allow_zero:
        raise Invalid("money.zero", text=text)
    if fen > MAX_FEN:
        raise Invalid("money.too_large", text=text, most=format_fen(MAX_FEN))
    return int(fen)


def format_fen(fen: int, *, symbol: str = "¥") -> str:
    """"¥12,000.50" for 1200050 fen; a minus stands before the symbol."""
    yuan, cents = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{symbol}{yuan:,}.{cents:02d}"


def round_half_up(amount: Fraction | Decimal | int) -> int:
    """The nearest integer, a half going away from zero (四舍五入)."""
    exact = Fraction(amount)
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """`total_fen` divided in proportion to `weights`; the parts add up exactly (largest remainder first).

    Raises Invalid("money.split_without_weight") when no weight is positive or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise Invalid("money.split_without_weight", weights=list(weights))
    parts = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), i))
    for i in by_remainder[:total_fen - sum(parts)]:
        parts[i] += 1
    return parts
