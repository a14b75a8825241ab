"""What the winning bid brings into a contract's text: the joint bid's members and amounts, declarations, attachments.

Basis: 《招标投标法》第三十一条 (the members of a joint bid answer jointly and severally) and 第四十八条 (no more than a
part is subcontracted), in force 2000-01-01.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marketplace.contracts.models import Contract
from marketplace.rules import joint_bid
from marketplace.rules.money import format_fen
from marketplace.tendering.models import Bid


def team(contract: Contract, bid: Bid) -> Iterator[str]:
    """The members with their shares, and what each gets of every milestone; nothing for one founder alone."""
    members: Sequence[dict[str, Any]] = bid.team or ()
    if not members:
        return
    yield "乙方为联合体，由下列各方组成："
    for place, one in enumerate(members):
        kind = "牵头人" if place == 0 else "成员"
        yield (f"（{place + 1}）{kind}：{one['name']}（统一社会信用代码 {one['uscc']}），分工：{one['role']}，"
               f"份额{joint_bid.percent(one['share_bp'])}%。")
    yield ("各方已在平台确认各自的分工和份额，并授权牵头人代表联合体签订本合同、收取价款。各方共同履行本合同，"
           "就本合同向甲方承担连带责任（《招标投标法》第三十一条第三款）。"
           "各里程碑价款在各方之间按份额划分如下，甲方向牵头人付款即为付款：")
    for milestone in contract.milestones:
        parts = amounts(bid, milestone.amount_fen)
        said = "，".join(f"{one['name']} {format_fen(fen)}" for one, fen in zip(members, parts, strict=True))
        yield f"{milestone.position}. {milestone.title}：{said}。"


def amounts(bid: Bid, amount_fen: int) -> list[int]:
    """An amount of a joint bid's contract in fen by member, in the order of `bid.team`; adds up exactly."""
    return joint_bid.amounts(amount_fen, [one["share_bp"] for one in bid.team])


def disclosed(bid: Bid) -> Iterator[str]:
    """What the founder declared about subcontracting and generative AI."""
    said = bid.disclosures or {}
    notes = f"说明：{said['details'].strip()}" if said.get("details", "").strip() else ""
    if not said.get("subcontract"):
        work = "乙方声明：不分包。"
    elif said.get("subcontract_part"):
        share = joint_bid.percent(said["subcontract_share_bp"])
        work = (f"乙方声明：分包“{said['subcontract_part']}”，占价款的{share}%，"
                f"由{said['subcontract_to']}完成；其余不得分包，乙方对分包部分负责（《招标投标法》第四十八条）。")
    else:
        work = "乙方声明：有部分工作由他人完成。"
    if not said.get("ai_generated"):
        made = "交付物中没有生成式人工智能产生的内容。"
    elif said.get("ai_deliverables"):
        made = f"由生成式人工智能产生的交付物：{said['ai_deliverables']}；使用的工具：{said['ai_tools']}。"
    else:
        made = "交付物中有生成式人工智能产生的内容。"
    yield work + made + notes


def files(bid: Bid) -> Iterator[str]:
    """The attachments of the bid by name and SHA-256: with it either side can show which file was meant."""
    if bid.attachments:
        yield "投标附件（以SHA-256校验值为准）："
        for place, one in enumerate(bid.attachments, start=1):
            yield f"{place}. {one['name']}，{one['sha256']}"
