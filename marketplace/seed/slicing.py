"""A project of the demo's government buyer, begun from its document and flagged for what it adds up to."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.demand import guard, proposals
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script

DOCUMENT = """章江区防汛排涝智能研判项目建设方案
一、项目背景
汛期积水点多面广，值班人员靠电话和经验研判，来不及提前布防。
二、项目预算
总预算205万元，其中预备费10万元。
三、建设内容
（一）雨情水情数据治理（预算33万元，工期160天）
汇聚雨量站、液位计和泵站运行数据，统一编码。
交付物：数据字典；治理后的数据集。验收标准：时间戳完整率≥99%。
（二）积水点短临预测（预算36万元，工期170天）
依赖雨情水情数据治理。输入为治理后的数据集（CSV，每5分钟）。
交付物：预测模型；接口文档。验收标准：提前1小时预报，命中率不低于75%。
（三）易涝点影像识别（预算33万元，工期160天）
交付物：识别模型；测试报告。验收标准：积水识别准确率不低于90%。
（四）布防方案推荐（预算34万元，工期165天）
基于积水点短临预测和易涝点影像识别的接口。
交付物：推荐服务；规则说明。验收标准：20次历史降雨复盘，建议采纳率不低于80%。
（五）值班看板与移交（预算59万元，工期180天）
依赖雨情水情数据治理、布防方案推荐。
交付物：看板源码；操作手册；培训两场。
四、付款方式
每个标包验收合格后30日内付款。
"""
REASON = "整体方案和资金来源已报财政部门批准采用竞争性磋商（章财采〔2026〕18号），各标包内容、专业不同，分别比选。"


def place(script: Script, *, today: dt.date) -> None:
    """Three days ago the document was pasted; nothing of it has been posted yet."""
    buyer = next(user for user in script.cast.buyers.values() if user.email.startswith("government@"))
    script.add(at(today - 3 * DAY, 14), lambda session, now: _begin(session, buyer, now))


def _begin(session: Session, buyer: User, now: dt.datetime) -> None:
    project = proposals.begin(session, DOCUMENT, actor=buyer, now=now)
    guard.explain(session, project, reason=REASON, actor=buyer, now=now)
