"""The law as dated data: instruments, articles and every number that an article sets.

Texts for people are translations keyed by the article's key; the citation itself is a fact and stands here.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from marketplace.rules.errors import NotFound

T = TypeVar("T")


@dataclass(frozen=True)
class Instrument:
    """A law or rule: official name and number in Chinese, first day in force, first day no longer in force."""

    key: str
    name: str
    number: str
    since: date
    until: date | None = None


@dataclass(frozen=True)
class Article:
    """One citable place. `key` is stable ("CN-802/9-1": Decree 802, Article 9, paragraph 1)."""

    key: str
    instrument: Instrument
    place: str

    @property
    def citation(self) -> str:
        """《名称》（文号，施行日）第几条第几款."""
        law = self.instrument
        return f"《{law.name}》（{law.number}，{law.since.isoformat()}起施行）{self.place}"


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A value set by law from `since` up to, not including, `until`."""

    value: T
    unit: str
    since: date
    source: str
    until: date | None = None


def in_force(series: Sequence[Dated[T]], on: date) -> Dated[T] | None:
    """The value in force on a day, None before the first or in a gap."""
    for dated in series:
        if dated.since <= on and (dated.until is None or on < dated.until):
            return dated
    return None


DECREE_728_SINCE = date(2020, 9, 1)
DECREE_802_SINCE = date(2025, 6, 1)
_NAME = "保障中小企业款项支付条例"
_INSTRUMENTS = (
    Instrument("CN-802", _NAME, "国务院令第802号", DECREE_802_SINCE),
    Instrument("CN-728", _NAME, "国务院令第728号", DECREE_728_SINCE, DECREE_802_SINCE),
    Instrument("CN-CC", "中华人民共和国民法典", "主席令第45号", date(2021, 1, 1)),
    Instrument("CN-SPC-2024-11", "最高人民法院关于大型企业与中小企业约定以第三方支付款项为付款前提条款效力问题的批复",
               "法释〔2024〕11号", date(2024, 8, 27)),
    Instrument("CN-HOLIDAYS", "全国年节及纪念日放假办法", "国务院令第795号", date(2025, 1, 1)),
    Instrument("CN-SIZE", "中小企业划型标准规定", "工信部联企业〔2011〕300号", date(2011, 6, 18)),
    Instrument("EU-2011-7", "Directive 2011/7/EU on combating late payment in commercial transactions",
               "2011/7/EU", date(2013, 3, 16)),
    Instrument("UK-1998", "Late Payment of Commercial Debts (Interest) Act 1998", "1998 c. 20", date(1998, 11, 1)),
    Instrument("US-PPA", "Prompt Payment Act", "31 U.S.C. 39; 5 CFR 1315", date(1999, 10, 29)),
)
INSTRUMENTS = {instrument.key: instrument for instrument in _INSTRUMENTS}

# The 2020 edition numbers the same subjects differently: term 8, acceptance 9, interest 15.
_PLACES = {
    "CN-802": {
        "2": "第二条", "3": "第三条", "7": "第七条", "9-1": "第九条第一款", "9-2": "第九条第二款",
        "9-3": "第九条第三款", "9-4": "第九条第四款", "10-1": "第十条第一款", "10-2": "第十条第二款",
        "11": "第十一条", "12": "第十二条", "13": "第十三条", "14": "第十四条", "15": "第十五条",
        "16-2": "第十六条第二款", "17": "第十七条", "18-1": "第十八条第一款", "18-2": "第十八条第二款",
        "20": "第二十条", "25": "第二十五条", "26": "第二十六条", "36": "第三十六条",
    },
    "CN-728": {
        "2": "第二条", "3": "第三条", "8-1": "第八条第一款", "8-2": "第八条第二款", "8-3": "第八条第三款",
        "9": "第九条", "10": "第十条", "15": "第十五条",
    },
    "CN-CC": {"200": "第二百条", "201": "第二百零一条", "202": "第二百零二条", "203": "第二百零三条",
              "560": "第五百六十条", "561": "第五百六十一条", "585": "第五百八十五条"},
    "CN-SPC-2024-11": {"1": "第一条", "2": "第二条"},
    "CN-HOLIDAYS": {"2": "第二条"},
    "CN-SIZE": {"4": "第四条"},
    "EU-2011-7": {"3": "Article 3", "4": "Article 4", "6": "Article 6"},
    "UK-1998": {"4": "section 4", "5A": "section 5A", "6": "section 6"},
    "US-PPA": {"1315.4": "5 CFR 1315.4", "1315.10": "5 CFR 1315.10", "1315.17": "5 CFR 1315.17"},
}
ARTICLES = {f"{law}/{key}": Article(f"{law}/{key}", INSTRUMENTS[law], place)
            for law, places in _PLACES.items() for key, place in places.items()}


def article(key: str) -> Article:
    """The article of a key. Raises NotFound("statute.unknown_article")."""
    if key not in ARTICLES:
        raise NotFound("statute.unknown_article", key=key)
    return ARTICLES[key]


_EARLY, _LATE = DECREE_728_SINCE, DECREE_802_SINCE

# Payment terms, by the day the contract was signed.
PUBLIC_DEFAULT_TERM = (
    Dated(30, "day", _EARLY, "CN-728/8-1", _LATE),
    Dated(30, "day", _LATE, "CN-802/9-1"),
)
PUBLIC_LONGEST_TERM = (
    Dated(60, "day", _EARLY, "CN-728/8-1", _LATE),
    Dated(60, "day", _LATE, "CN-802/9-1"),
)
# Decree 728 gave large enterprises no number: nothing is in force before 2025-06-01.
LARGE_DEFAULT_TERM = (Dated(60, "day", _LATE, "CN-802/9-2"),)
# Not a cap in the text, which says "reasonable by industry norm": the platform asks for a reason beyond it.
LARGE_REVIEW_TERM = (Dated(60, "day", _LATE, "CN-802/9-2"),)

# Late interest: without an agreed rate 0.05 percent a day; an agreed rate is never below the 1-year LPR at signing.
UNAGREED_RATE = (
    Dated(Decimal("0.05"), "percent per day", _EARLY, "CN-728/15", _LATE),
    Dated(Decimal("0.05"), "percent per day", _LATE, "CN-802/17"),
)
# Practice (the contract should say so): a yearly rate is counted by actual days over 365.
DAYS_IN_INTEREST_YEAR = 365
# Civil Code 585 lets a court cut an excessive rate; four times the LPR is the courts' habit, not a number of the law.
REVIEW_ABOVE_LPR_TIMES = 4

# Bonds of Article 13: percent of the estimate (bid), of the contract (performance), of the settlement (quality).
BOND_KINDS = ("bid", "performance", "quality", "migrant_wage")
_TENDER_RULES = "招标投标法实施条例（2012-02-01起施行）"
BOND_CAPS = {
    "bid": (Dated(Decimal(2), "percent", date(2012, 2, 1), f"{_TENDER_RULES}第二十六条"),),
    "performance": (Dated(Decimal(10), "percent", date(2012, 2, 1), f"{_TENDER_RULES}第五十八条"),),
    "quality": (Dated(Decimal(3), "percent", date(2017, 7, 1), "建质〔2017〕138号第七条（2017-07-01起施行）"),),
}

# Clocks that run between an SME, its payer and the authority.
COMPLAINT_TRANSFER = Dated(10, "working day", _LATE, "CN-802/25")
COMPLAINT_RESULT = Dated(30, "day", _LATE, "CN-802/25")
COMPLAINT_RESULT_LONGEST = Dated(90, "day", _LATE, "CN-802/25")
RECEIVABLE_CONFIRMATION = Dated(30, "day", _LATE, "CN-802/16-2")
