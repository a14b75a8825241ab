"""Conditions on the company shut out one-person companies and are found; the same words about the work are not."""
from __future__ import annotations

import json

import pytest

from marketplace.config import ROOT
from marketplace.rules import barriers

BARRED = [
    ("registered_capital", "供应商注册资本不低于500万元人民币。"),
    ("registered_capital", "具有独立法人资格，注册资金在1000万元（含）以上"),
    ("registered_capital", "投标人实缴资本须达到200万元"),
    ("registered_capital", "The bidder shall have a registered capital of at least RMB 5 million."),
    ("registered_capital", "注册资本≥３００万元"),
    ("years_in_business", "公司成立满三年"),
    ("years_in_business", "投标人须成立不少于5年，无不良记录"),
    ("years_in_business", "成立时间在3年以上"),
    ("years_in_business", "具有五年以上经营历史"),
    ("years_in_business", "Suppliers must have been in business for at least three years."),
    ("turnover", "近一年营业收入不低于2000万元"),
    ("turnover", "上年度纳税额达到50万元以上"),
    ("turnover", "企业净资产500万元以上"),
    ("turnover", "供应商须近三年连续盈利，近三年无亏损"),
    ("turnover", "Annual turnover of at least RMB 10 million is expected."),
    ("past_contracts", "近三年具有类似业绩不少于3个"),
    ("past_contracts", "同类项目案例不少于5个"),
    ("past_contracts", "单项合同金额不低于100万元"),
    ("past_contracts", "At least three similar contracts in the past five years."),
    ("staff", "技术团队不少于10人"),
    ("staff", "供应商在职员工不少于30人"),
    ("staff", "提供不少于8名专职工程师团队"),
    ("staff", "需20人以上的研发团队"),
    ("staff", "投标时提供近六个月15人社保缴纳证明"),
    ("staff", "The vendor needs at least ten full-time employees."),
    ("named_brand", "摄像机必须采用海康威视产品"),
    ("named_brand", "指定使用某品牌数据库，品牌限定为甲骨文"),
    ("named_brand", "服务器品牌须为浪潮"),
    ("named_brand", "只能使用用友系统开发"),
    ("region_lock", "仅限苏州市注册企业参与"),
    ("region_lock", "供应商注册地须在本市"),
    ("region_lock", "须在南京市设有分公司"),
    ("region_lock", "本地企业优先，加5分"),
    ("region_lock", "Bidders must be registered in Suzhou."),
    ("unrelated_qualification", "须具备CMMI三级证书"),
    ("unrelated_qualification", "投标人应通过ISO9001质量管理体系认证"),
    ("unrelated_qualification", "具有高新技术企业证书的得3分"),
    ("unrelated_qualification", "Bidders must hold ISO 27001 certification."),
    ("dealer_letter", "须提供原厂授权书"),
    ("dealer_letter", "投标人需提供制造商针对本项目的授权函"),
    ("dealer_letter", "具有该产品独家代理资格"),
    ("dealer_letter", "A manufacturer's authorization letter is required."),
]
HARMLESS = [
    "不限注册资本，不限成立年限。", "本项目不要求注册资本和人员规模",
    "字段包括企业名称、注册资本、成立日期、所属行业。", "从工商数据中抽取注册资本并换算为万元",
    "按注册资本分档统计园区企业", "我司成立二十年，积累了大量工单", "公司成立于2010年，现有产线六条",
    "合同存续满三年的记录单独导出", "注册满30天的用户发放优惠券",
    "近三年的营业收入数据由我方提供", "预测下季度销售额，误差不超过8%", "我公司年营收2亿元，客户以经销商为主",
    "识别净利润连续下降的客户", "营业额波动超过20%时告警",
    "近三年的历史标注合同1200份可供调优", "合同审查覆盖近五年的合同文本", "类似案例有则更好，没有不扣分",
    "无需类似业绩，提供演示即可", "召回率不低于90%，误报不超过5条",
    "培训员工不少于30人次", "访谈传承人不少于20人", "至少1名具备护士资格的人员参与标注",
    "系统支持500名以上用户同时在线", "服务对象为全区2000名员工",
    "兼容华为、海康等主流品牌的摄像机", "现有系统为用友U8，须能对接", "使用阿里云或同等性能的云服务",
    "可用Photoshop或同类软件打开", "品牌故事文案十篇",
    "统计各品牌的投诉率", "采集工作须到苏州市现场进行", "本市企业的用水数据由水务局提供",
    "数据不得出本市政务云", "面向全国的一人公司开放", "覆盖江苏省13个设区市的公交线路",
    "为园区内企业提供政策匹配，识别高新技术企业申报条件", "日志格式参照ISO 8601",
    "协助企业通过ISO9001认证的材料整理", "输出应符合ISO 19115元数据标准", "法定代表人授权书一份",
    "音乐著作权授权书随成果交付",
    "本项目数据授权由采购方出具", "We have been in business for thirty years and keep paper records.",
    "The model must use existing Siemens PLC data.",
]


@pytest.mark.parametrize(("code", "sentence"), BARRED)
def test_a_condition_that_shuts_out_one_person_companies_is_named(code: str, sentence: str) -> None:
    found = list(barriers.find(sentence))
    assert code in [hit.phrase.code for hit in found]
    assert all(hit.phrase.basis for hit in found), "each finding says what it rests on"


@pytest.mark.parametrize("sentence", HARMLESS)
def test_the_same_words_about_the_work_or_a_waiver_are_no_barrier(sentence: str) -> None:
    assert [(hit.phrase.code, hit.quote) for hit in barriers.find(sentence)] == []


def test_both_lists_are_long_enough_to_mean_something() -> None:
    assert len(BARRED) >= 40
    assert len(HARMLESS) >= 40
    assert {code for code, _ in BARRED} == set(barriers.CODES)


def test_the_words_are_quoted_as_the_sentence_they_stand_in() -> None:
    text = "做一个漏损模型。供应商注册资本不低于500万元；其余从优。"
    assert [hit.quote for hit in barriers.find(text)] == ["供应商注册资本不低于500万元"]


def test_none_of_the_demo_markets_demands_is_warned_of() -> None:
    texts = ("title", "description", "scene", "data_offered", "deliverables", "acceptance_criteria")
    for line in (ROOT / "seed_data/market/demands.jsonl").read_text(encoding="utf-8").splitlines():
        demand = json.loads(line)
        for name in texts:
            said = demand.get(name) or ""
            for text in said if isinstance(said, list) else [said]:
                assert list(barriers.find(text)) == [], demand["id"]
