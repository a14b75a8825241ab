"""What founders of the demo market have on record: credentials, tools, days away, saved searches, a named case."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.founders import capacity, cases, credentials
from marketplace.founders.credentials import CredentialDraft
from marketplace.founders.operations import AgentTool
from marketplace.rules.agents import ModelResidency
from marketplace.searches import operations as searches
from marketplace.searches.operations import SearchDraft
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Act, Script, contract

AGENTS = {
    "dv-p085": (AgentTool("检索增强问答", "按生效日期过滤法规并给出文号", ModelResidency.DOMESTIC, human_review=True),
                AgentTool("编程助手", "写清洗和评测脚本", ModelResidency.EITHER, human_review=True)),
    "dv-p018": (AgentTool("规则引擎", "物料描述拆解", ModelResidency.NONE, human_review=True),),
    "dv-p140": (AgentTool("文档翻译", "英文材料手册初译", ModelResidency.OVERSEAS, human_review=True),),
}
SEARCHES = (("dv-p085", SearchDraft("政务服务", text="政务")),
            ("dv-p085", SearchDraft("五天内截止", closing_within_days=5)),
            ("dv-p140", SearchDraft("制造业", industry="C", budget_min_fen=5_000_000)))
NAMED_CASE = "dv-d025"


def place(script: Script, *, today: dt.date) -> None:
    """Put it into the weeks before the seeding."""
    begun, decided = at(today - 20 * DAY, 9), at(today - 18 * DAY, 15)
    tax = CredentialDraft("税务师", "中国注册税务师协会", "32010620190417", today - 1795 * DAY, today + 25 * DAY)
    script.add(begun, _claim(script, "dv-p085", tax))
    script.add(decided, _decide(script, "dv-p085"))
    cisp = CredentialDraft("注册信息安全专业人员（CISP）", "中国信息安全测评中心", "CNITSEC2024CISP10862",
                           today - 400 * DAY, today + 695 * DAY)
    script.add(at(today - DAY, 16), _claim(script, "dv-p085", cisp))
    pmp = CredentialDraft("项目管理专业人士（PMP）", "项目管理协会", "3321907", today - 900 * DAY, today + 195 * DAY)
    script.add(begun, _claim(script, "dv-p018", pmp))
    script.add(decided, _decide(script, "dv-p018", refused="公开名册里这个编号属于另一个人，请核对编号后更正。"))
    script.add(at(today - DAY, 10), _away(script, "dv-p085", today + 20 * DAY, today + 27 * DAY, "家里有事"))
    for person, draft in SEARCHES:
        script.add(at(today - 12 * DAY, 20), _search(script, person, draft))
    script.add(at(today - DAY, 17), _name(script, NAMED_CASE))


def _claim(script: Script, person: str, draft: CredentialDraft) -> Act:
    return lambda session, now: credentials.claim(session, draft, actor=script.cast.founders[person], now=now)


def _decide(script: Script, person: str, *, refused: str = "") -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        operator = script.cast.operator
        row = credentials.of_founder(session, script.cast.founders[person].organisation_id)[0]
        if refused:
            credentials.refuse(session, row.id, reason=refused, actor=operator, now=now)
        else:
            credentials.verify(session, row.id, actor=operator, now=now)

    return act


def _away(script: Script, person: str, first: dt.date, last: dt.date, note: str) -> Act:
    return lambda session, now: capacity.add_away(session, first, last, note=note,
                                                  actor=script.cast.founders[person], now=now)


def _search(script: Script, person: str, draft: SearchDraft) -> Act:
    return lambda session, now: searches.save(session, draft, actor=script.cast.founders[person], language="zh",
                                              now=now)


def _name(script: Script, ref: str) -> Act:
    return lambda session, now: cases.consent(session, contract(session, ref).number, named=True,
                                              actor=script.cast.buyer_of[ref], now=now)
