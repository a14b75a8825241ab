"""What the people of the journeys type: a reservoir company, a county's water bureau, two founders."""
from __future__ import annotations

from marketplace.rules import uscc

PASSWORD = "a-long-enough-password"
BUYERS_PASSPHRASE = "gauge rain river pump"
OPERATORS_PASSPHRASE = "two of three open it"
CODES = {name: uscc.complete(prefix) for name, prefix in (
    ("anchor", "91420100MA4K00A1"), ("bureau", "1142010076800B21"), ("lin", "91420100MA4K00C3"),
    ("zhou", "91420100MA4K00D4"), ("operator", "91420100MA4K00E5"))}
NAMES = {"anchor": "江汉水务集团有限公司", "bureau": "沿江县水利局", "lin": "武汉林河智能科技有限公司",
         "zhou": "武汉周行软件有限公司", "operator": "光谷一人公司园区"}
HEADER = "编号,标题,需求,预算（元）,工期（天）,交付物,验收标准\n"
GOOD_ROWS = (
    "A-01,雨量站数据质检,找出雨量站的坏数据并说明理由。,120000,60,质检程序,一个月内漏报不超过两次\n"
    "A-02,泵站振动预警,提前一天提醒泵组振动异常。,8.5万,45,预警程序,提前量不少于十二小时\n"
)
BAD_ROWS = (
    "A-03,巡堤照片分类,从照片里找出散浸和裂缝。,很多,90,分类程序,检出率不低于九成\n"
    "A-04,,给汛情简报写初稿。,60000,两个月,简报程序,十次里八次可用\n"
)
MENDED_ROWS = (
    "A-03,巡堤照片分类,从照片里找出散浸和裂缝。,90000,90,分类程序,检出率不低于九成\n"
    "A-04,汛情简报初稿,给汛情简报写初稿。,60000,60,简报程序,十次里八次可用\n"
)
PROJECT = {"title": "水尺智能识别", "description": "三十座水库的水尺由摄像头看，人来抄。",
           "data_offered": "三个月的摄像头照片与人工读数", "budget": "300,000",
           "term_days": "75", "acceptance_period_days": "10"}
REASON = "水利工程款随汛期调度按季汇总支付，行业惯例为 75 天。"
SLICES = (
    {"title": "水尺图像识别", "need": "从摄像头照片读出水位，夜间和雨天也要能读。",
     "budget": "96000", "duration_days": "75", "required_skills": "计算机视觉、目标检测",
     "deliverables": "识别模型与接口\n测试报告",
     "acceptance_criteria": "读数误差不超过两厘米\n夜间可读率不低于九成", "depends_on": ""},
    {"title": "水位异常提醒", "need": "水位变化不合常理时提醒值班员。", "budget": "84000", "duration_days": "45",
     "deliverables": "提醒程序", "acceptance_criteria": "误报每站每月不超过一次", "depends_on": "1"},
    {"title": "调度台集成", "need": "把读数和提醒接进调度台。", "budget": "110000", "duration_days": "40",
     "deliverables": "集成说明与程序", "acceptance_criteria": "连续试运行十天", "depends_on": "1、2"},
)
DEMAND = SLICES[0]["title"]
PROFILES = {
    "lin": {
        "headline": "给水利单位做图像识别的一人公司", "region": "湖北省武汉市",
        "bio": "做过河道漂浮物和水尺的图像识别，熟悉夜间和雨天照片的处理，可以到水库现场装调。",
        "skills": "计算机视觉\n目标检测\n模型部署", "industries": "水利管理业", "day_rate": "1500",
        "capacity_days_per_month": "20", "past_cases.0.title": "水库水尺识别试点",
        "past_cases.0.summary": "六座水库的水尺照片读数，误差一点五厘米，已稳定运行一年。"},
    "zhou": {
        "headline": "把算法接进调度系统的工程师", "region": "湖北省武汉市",
        "bio": "为供水调度台写过数据接口和报警程序，也做过简单的图像读数，习惯先到现场听一天。",
        "skills": "系统集成\n计算机视觉\n接口开发", "industries": "水利管理业", "day_rate": "1200",
        "capacity_days_per_month": "15", "past_cases.0.title": "泵站报警接入",
        "past_cases.0.summary": "四十个泵站的报警接进调度台。"},
}
FIRST_PART, SECOND_PART = "识别模型与接口", "夜间优化与测试报告"


def bid(price: int, first: int, second: int, plan: str) -> dict[str, str]:
    """A bid in two milestones, in yuan."""
    return {
        "price": str(price), "plan": plan,
        "milestones.0.title": FIRST_PART, "milestones.0.amount": str(first), "milestones.0.days": "30",
        "milestones.0.acceptance_criteria": "读数误差不超过两厘米",
        "milestones.1.title": SECOND_PART, "milestones.1.amount": str(second), "milestones.1.days": "60",
        "milestones.1.acceptance_criteria": "夜间可读率不低于九成\n测试报告齐全",
        "disclosures.subcontract": "false", "disclosures.ai_generated": "true",
        "disclosures.ai_deliverables": "代码初稿", "disclosures.ai_tools": "代码助手",
        "disclosures.details": "代码初稿由 AI 辅助生成，逐行复核。", "related": "false"}


BIDS = {"lin": bid(94000, 55600, 38400, "先采两周照片，再训练，再到现场装调。"),
        "zhou": bid(88000, 50000, 38000, "用现成模型改造，重点放在接口。")}


def with_last_wrong(code: str) -> str:
    """A code whose last character is another one."""
    return code[:-1] + ("1" if code[-1] != "1" else "2")
