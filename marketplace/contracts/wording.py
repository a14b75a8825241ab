"""The text of a contract: what both sides read, confirm and keep.

The contract is in Chinese whatever the language of the page, because one text must bind. It names the articles
its terms rest on: Decree 802 (国务院令第802号, in force 2025-06-01) and the Civil Code (in force 2021-01-01).
"""
from __future__ import annotations

import hashlib
from collections.abc import Iterator

from marketplace.accounts.models import Organisation
from marketplace.contracts import bid_wording
from marketplace.contracts.models import Contract, Milestone
from marketplace.rules.money import format_fen
from marketplace.rules.payment_facts import Allocation, EnterpriseSize, PayerType, RateUnit, StartBasis
from marketplace.tendering.models import Bid

_SIZE = {EnterpriseSize.MICRO: "微型企业", EnterpriseSize.SMALL: "小型企业", EnterpriseSize.MEDIUM: "中型企业",
         EnterpriseSize.LARGE: "大型企业"}
_PAYER = {PayerType.GOVERNMENT: "机关", PayerType.PUBLIC_INSTITUTION: "事业单位",
          PayerType.LARGE_ENTERPRISE: "大型企业", PayerType.SME: "中小企业"}
_LAW = "《保障中小企业款项支付条例》"
_DEFAULT_TERM = {True: f"30日（{_LAW}第九条第一款）", False: f"60日（{_LAW}第九条第二款）"}
_PUBLIC = (PayerType.GOVERNMENT, PayerType.PUBLIC_INSTITUTION)


def text_hash(text: str) -> str:
    """SHA-256 of a text in UTF-8: what `sha256sum` prints for the downloaded file."""
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(contract: Contract, bid: Bid) -> str:
    """The whole contract as plain text; the same contract and bid always have the same text.

    The day of signing is not in it: it is the day of the second confirmation (Art. 8).
    """
    return "\n".join(line.rstrip() for line in _lines(contract, bid)) + "\n"


def _lines(contract: Contract, bid: Bid) -> Iterator[str]:
    demand = contract.demand
    yield from ("技术服务合同", "", f"合同编号：{contract.number}", f"需求编号：{demand.code}",
                f"甲方（采购方）：{_party(contract.buyer)}，{_PAYER[PayerType(contract.payer_type)]}",
                f"乙方（创始人）：{_party(contract.founder)}，{_SIZE[EnterpriseSize(contract.payee_size_at_signing)]}",
                "", "第一条　标的",
                f"甲方委托乙方完成：{contract.title}。需求说明和乙方的中标方案如下，为本合同的组成部分。",
                "需求说明：", demand.description.strip())
    if demand.deliverables:
        yield f"交付物：{'；'.join(demand.deliverables)}。"
    yield from ("乙方方案：", (bid.plan or "").strip())
    yield from bid_wording.files(bid)
    yield from bid_wording.disclosed(bid)
    yield from ("", "第二条　里程碑和价款")
    for milestone in contract.milestones:
        yield _milestone(milestone)
    yield from bid_wording.team(contract, bid)
    yield f"合同总价：{format_fen(contract.total_fen)}。每个里程碑单独交付、单独验收、单独计算付款期限。"
    yield from ("", "第三条　付款期限的起算", _start(contract), "", "第四条　付款期限", _term(contract),
                "", "第五条　逾期利息", _interest(contract), "", "第六条　中小企业身份", _declaration(contract),
                "", "第七条　争议和抗辩",
                "仅部分价款有争议且可以分开的，甲方对无争议部分按期付款（同条例第十五条）。甲方不得以法定代表人或者主要负责人"
                "变更、履行内部付款流程，或者在本合同未约定的情况下以等待竣工验收批复、决算审计等为由拒付或者迟延付款"
                "（同条例第十四条）。甲方使用商业汇票、应收账款电子凭证等非现金方式的，应当在本合同中另行明确约定，"
                "且不得以此变相延长付款期限（同条例第十一条）；款项以乙方实际收到之日为付款日。",
                "", "第八条　订立",
                "双方各自核对本文本的校验值后在平台确认。后一方确认之日（北京时间）为合同订立日，上述期限均按该日适用的法律计算。")


def _party(organisation: Organisation) -> str:
    return f"{organisation.name}（统一社会信用代码 {organisation.uscc}）"


def _milestone(milestone: Milestone) -> str:
    line = (f"{milestone.position}. {milestone.title}：{format_fen(milestone.amount_fen)}，"
            f"自合同订立之日起{milestone.planned_days}日内交付。")
    return line + (f"验收标准：{'；'.join(milestone.acceptance_criteria)}。" if milestone.acceptance_criteria else "")


def _start(contract: Contract) -> str:
    if contract.start_basis == StartBasis.SETTLEMENT:
        start = "付款期限自双方确认结算金额之日起算（《保障中小企业款项支付条例》第九条第四款）。"
        if contract.settlement_period_days is None:
            return start
        return start + (f"甲方自收到乙方结算单之日起{contract.settlement_period_days}日内确认金额或者提出异议；"
                        "期满未答复的，视为已于期满之日确认，付款期限自该日起算。仅对部分金额有异议的，先行确认其余部分。")
    if contract.start_basis == StartBasis.ACCEPTANCE:
        return (f"甲方自交付之日起{contract.acceptance_period_days}日内完成验收，付款期限自验收合格之日起算；"
                "甲方拖延验收的，付款期限自约定的验收期限届满之日起算（《保障中小企业款项支付条例》第十条）。"
                "验收期限届满后，甲方仍有异议的，对有争议的部分按第七条提出。")
    return "付款期限自交付之日起算（《保障中小企业款项支付条例》第九条）。"


def _term(contract: Contract) -> str:
    public = contract.payer_type in _PUBLIC
    if contract.payer_type == PayerType.SME and contract.term_days is None:
        return (f"甲方为中小企业，本合同不适用{_LAW}；付款期限由双方按"
                "《民法典》第五百一十条、第五百一十一条确定。")
    length = _DEFAULT_TERM[public] if contract.term_days is None else f"{contract.term_days}日"
    stated = (contract.over_60_reason or "").rstrip("。.；; ")
    reason = f"超过60日的理由：{stated}。" if stated else ""
    return (f"付款期限为{length}，起算之日不计入（《民法典》第二百零一条）；最后一日是法定休假日的，"
            f"以休假日结束的次日为最后一日（《民法典》第二百零三条）。{reason}发票的开具和收到不影响付款期限的起算。")


def _interest(contract: Contract) -> str:
    order = ("部分付款先抵充利息，再抵充主债务（《民法典》第五百六十一条）。"
             if contract.allocation == Allocation.INTEREST_FIRST else "双方约定：部分付款先抵充主债务，利息另行结清。")
    if contract.late_rate_value is None:
        rate = "未约定利率，按日利率万分之五支付（《保障中小企业款项支付条例》第十七条）"
    else:
        yearly = contract.late_rate_unit == RateUnit.PERCENT_PER_YEAR
        rate = (f"按{'年' if yearly else '日'}利率{contract.late_rate_value}%支付"
                f"{'（按实际天数除以365计算）' if yearly else ''}，"
                f"且不低于合同订立时一年期贷款市场报价利率（{_LAW}第十七条）")
    return f"甲方逾期付款的，自到期日次日起至付款之日止，{rate}，不计复利。{order}"


def _declaration(contract: Contract) -> str:
    size = _SIZE[EnterpriseSize(contract.payee_size_at_signing)]
    if not contract.sme_declared_at_signing:
        return f"乙方在合同订立时为{size}。"
    return (f"乙方在此主动告知甲方：乙方在合同订立时为{size}（《保障中小企业款项支付条例》第三条；"
            "划型依据工信部联企业〔2011〕300号）。订立后规模变化不影响本合同。")
