"""Demands of the demo around publication: two wait for review, one too long, one was returned, one was amended."""
from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from marketplace.demand import addenda, review
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.operations import create
from marketplace.seed.days import at
from marketplace.seed.tender import CRITERIA, DAY, TERMS, Script, demand, hand_in

DRAFTS: dict[str, dict[str, Any]] = {
    "rv-01": {
        "title": "12345热线重复工单归并", "scene": "热线中心每日约三千件工单，同一件事常被多人反映，靠话务员记忆归并。",
        "data_offered": "脱敏后的半年工单两万条，签约后按用途开放。",
        "description": "把反映同一件事的工单自动归到一起，提示话务员确认。供应商须成立满三年，注册资本不低于500万元。",
        "budget_fen": 18_000_000, "duration_days": 60, "required_skills": ("文本聚类", "政务系统对接"),
        "deliverables": ("归并服务", "测试报告"),
        "acceptance_criteria": ("抽检500组，归并准确率不低于90%", "单件响应不超过1秒")},
    "rv-02": {
        "title": "窗口排队叫号数据看板", "scene": "区政务大厅四十个窗口，叫号系统各自独立。",
        "data_offered": "叫号系统一年的历史数据。", "description": "汇总各窗口等候时间，按小时预测高峰并提示增开窗口。",
        "budget_fen": 9_600_000, "duration_days": 45, "required_skills": ("数据可视化", "时间序列预测"),
        "deliverables": ("看板源码", "部署手册"),
        "acceptance_criteria": ("高峰时段预测误差不超过15%", "数据延迟不超过1分钟")},
    "rv-03": {
        "title": "档案扫描件标题著录", "scene": "档案室", "data_offered": "一千份脱敏扫描件。",
        "description": "从扫描件中识别题名、文号、日期并著录。", "budget_fen": 7_200_000, "duration_days": 40,
        "required_skills": ("OCR",), "deliverables": ("著录工具",), "acceptance_criteria": ("双方签字确认",)},
}
AMENDED = "dv-d029"
REMARKS = {
    "scene": "请写清在哪个环节使用、由谁使用，一人公司才能判断要不要到现场。",
    "acceptance_criteria": "“双方签字确认”无法验收，请写可以测量的指标，例如著录准确率。",
}


def place(script: Script, *, today: dt.date) -> None:
    """Handed in a week ago, handed in yesterday, and returned yesterday."""
    buyer = next(user for user in script.cast.buyers.values() if user.email.startswith("government@"))
    for ref in DRAFTS:
        script.cast.buyer_of[ref] = buyer
        script.add(at(today - 8 * DAY, 15), partial(_write, script, ref))
    hand_in(script, "rv-01", at(today - 7 * DAY, 10), bid_deadline=at(today + 10 * DAY, 17))
    hand_in(script, "rv-02", at(today - DAY, 16), bidding_days=14)
    hand_in(script, "rv-03", at(today - 4 * DAY, 9), bidding_days=20)

    def send_back(session: Session, now: dt.datetime) -> None:
        review.send_back(session, demand(session, "rv-03"), remarks=REMARKS, actor=script.cast.operator, now=now)

    script.add(at(today - DAY, 11), send_back)
    script.add(at(today - DAY, 17), partial(_amend, script, AMENDED))


def _write(script: Script, ref: str, session: Session, now: dt.datetime) -> None:
    draft = DemandDraft(external_ref=ref, criteria=CRITERIA, data_provided=True, industry="国家机构",
                        region=script.cast.buyer_of[ref].organisation.region, **DRAFTS[ref], **TERMS["government"])
    create(session, draft, actor=script.cast.buyer_of[ref], now=now)


def _amend(script: Script, ref: str, session: Session, now: dt.datetime) -> None:
    """After two founders had bid: more data, and one sentence of the need says more exactly what is accepted."""
    published = demand(session, ref)
    addenda.issue(
        session, published, {
            "data_offered": "签约后开放近一年脱敏咨询记录三万条和现行政策条目库。",
            "description": published.description.replace("24小时内更新", "12小时内更新，并列出受影响的旧答复"),
            "acceptance_criteria": [*published.acceptance_criteria, "抽检200问，文件号与时效全部正确"]},
        reason="税务部门补充提供咨询记录，并明确了政策更新的要求。", actor=script.cast.buyer_of[ref], now=now)
