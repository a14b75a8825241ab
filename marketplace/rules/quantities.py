"""Amounts of money and lengths of time as they stand in running Chinese or English text."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from marketplace.rules.money import FEN_PER_YUAN, MAX_FEN, round_half_up

_SCALES = {"亿元": 10**8, "亿": 10**8, "百万元": 10**6, "万元": 10**4, "万": 10**4, "千元": 10**3, "元": 1,
           "million yuan": 10**6, "million": 10**6, "m": 10**6, "k": 10**3, "yuan": 1, "rmb": 1, "cny": 1, "": 1}
_AMOUNT = re.compile(
    r"(?P<symbol>¥|RMB|CNY|人民币)?\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*"
    r"(?P<unit>亿元|百万元|万元|千元|亿|万|元|million yuan|million|yuan|rmb|cny|k\b|m\b)?", re.IGNORECASE)
# "200元/人天", "每条3元": prices of one thing, not of the work; "注册资本500万元": not a price at all
_RATE_AFTER = re.compile(r"\s*(?:/|每|per\b)", re.IGNORECASE)
_NOT_A_PRICE = re.compile(r"(注册资本|注册资金|营业收入|营收|产值|业绩|罚款|违约金|保证金|单价"
                          r"|registered capital|turnover"
                          r"|revenue|penalty|bond)[^，,。；;]{0,12}$", re.IGNORECASE)
_COUNTED = re.compile(r"[一-鿿]")  # "3万条", "1亿次": things, unless a currency sign stands before

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "半": 0}
_DAYS_OF = {"工作日": Fraction(7, 5), "日历天": Fraction(1), "天": Fraction(1), "日": Fraction(1), "周": Fraction(7),
            "星期": Fraction(7), "月": Fraction(30), "年": Fraction(365), "working day": Fraction(7, 5),
            "calendar day": Fraction(1), "day": Fraction(1), "week": Fraction(7), "month": Fraction(30)}
_LENGTH = re.compile(
    r"(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九十半]{1,3})\s*个?\s*-?"
    r"(?P<unit>工作日|日历天|天|日(?!期|志|常|均|报|历)|周(?!边|围|期|报)|星期|月(?!份|度|初|底|末|\d)"
    r"|年(?!度|\d|月|初|底|级)"
    r"|(?:working |calendar )?day|week|month)s?", re.IGNORECASE)
_SPAN = re.compile(r"第?\s*(\d+)\s*[-~—–至到]\s*(?:第\s*)?(\d+)\s*个?\s*(月|周|天|months?|weeks?|days?)")
_DATE = re.compile(r"(?:\d{4}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*[日号]|\d{4}\s*年\s*\d{1,2}\s*月")
_OTHER_TIME = re.compile(r"付款|支付|质保|维保|保修|免费维护|响应|验收期|公示|账期|运维期|每|保留|留存"
                         r"|以上经验|数据"
                         r"|pay|warranty|respon|invoice|every", re.IGNORECASE)
_WORK_TIME = re.compile(r"工期|周期|期限|时间|用时|历时|完成|耗时|内|duration|schedule|within"
                        r"|complete", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """Fen, and where it stood in the line."""

    fen: int
    start: int
    end: int


def amounts(line: str, *, bare_unit: str | None = None) -> Iterator[Amount]:
    """The prices in a line that NFKC has normalised. `bare_unit`: the unit of numbers without one ("万元")."""
    for found in _AMOUNT.finditer(line):
        unit = (found["unit"] or "").lower()
        if not (unit or found["symbol"]):
            if bare_unit is None:
                continue
            unit = bare_unit
        after = line[found.end():]
        if _RATE_AFTER.match(after) or _NOT_A_PRICE.search(line[:found.start()]):
            continue
        if unit in ("万", "亿", "k", "m", "million") and not found["symbol"] and (
                _COUNTED.match(after) or unit in ("k", "m", "million")):
            continue
        fen = Fraction(found["number"].replace(",", "")) * _SCALES[unit] * FEN_PER_YUAN
        if 0 < fen <= MAX_FEN:
            yield Amount(round_half_up(fen), found.start(), found.end())


def days(line: str) -> int | None:
    """Calendar days of work a line speaks of: "工期45天", "6 weeks", "第1-3个月"; None when of none.

    A working day counts as 7/5 calendar days, a month as 30. Payment, warranty and response times are no work.
    """
    best: int | None = None
    for clause in re.split(r"[，,。；;（）()\t]", line):
        if _OTHER_TIME.search(clause):
            continue
        clause = _DATE.sub("", clause)
        span = _SPAN.search(clause)
        if span and int(span[2]) >= int(span[1]):
            return (int(span[2]) - int(span[1]) + 1) * int(_DAYS_OF[span[3].removesuffix("s")])
        found = _LENGTH.search(clause)
        if found is None:
            continue
        length = round_half_up(_number(found["number"]) * _DAYS_OF[found["unit"].lower()])
        if not 0 < length <= 3650:
            continue
        if _WORK_TIME.search(clause):
            return length
        best = best or length
    return best


def _number(text: str) -> Fraction:
    """"三" → 3, "十二" → 12, "半" → 1/2, "1.5" → 3/2."""
    if text[0].isdigit():
        return Fraction(text)
    if text == "半":
        return Fraction(1, 2)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return Fraction(_DIGITS.get(text[-1], 0))
    return Fraction((_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0))
