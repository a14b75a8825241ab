"""A first cut of a pasted project document into slices. A draft to edit: every guess is told, nothing is decided.

Money is fen, days are calendar days. Nothing here is law; `slicing.check_slices` judges the result like any other cut.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.rules import money, outline, proposal_order, quantities, slicing
from marketplace.rules import proposal_parts as parts
from marketplace.rules.errors import Invalid, Problem
from marketplace.rules.outline import Node

MOST_CHARACTERS, FEWEST_CHARACTERS, MOST_SLICES = 600_000, 20, 40
# Up to this share of the total, amounts that miss it are scaled (rounding); beyond it the difference is left and shown.
SCALED_UP_TO_PERCENT = 2
_TOTAL = re.compile(r"总预算|总投资|总金额|总经费|总价|总额|项目预算|预算金额|预算总|采购预算|最高限价"
                    r"|控制价|投资估算|概算|预算为?[:约]?|"
                    r"项目资金|total|overall budget|budget", re.IGNORECASE)
_SUM_ROW = re.compile(r"^\W*(?:合\s*计|总\s*计|小\s*计|总预算|total|sum)\b|^\W*(?:合\s*计|总\s*计|小\s*计"
                      r"|总预算)", re.IGNORECASE)
_RESERVE = re.compile(r"预备费|不可预见|暂列金|备用金|预留金|contingency|reserve", re.IGNORECASE)
_WORK = re.compile(r"建设内容|工作内容|项目内容|服务内容|实施内容|采购内容|主要内容|建设任务|采购需求"
                   r"|项目需求|服务需求|技术需求|主要任务|工作任务|任务分解|任务清单|重点任务|"
                   r"功能模块|功能需求|需求清单|子项|标包|分包|工作分解|要做|需要完成|scope"
                   r"|work packages?|tasks|deliverables|lots",
                   re.IGNORECASE)
_META = re.compile(r"背景|概况|概述|简介|总则|必要性|依据|目标$|意义|现状|付款|支付|结算|资格|投标"
                   r"|报价要求|评标|评审|联系|附件|附则|违约|保密|"
                   r"知识产权|售后|质保|保障|风险|组织|管理要求|进度安排|时间安排|工期要求|预算$|经费预算"
                   r"|资金|效益|验收|其他|说明|"
                   r"background|introduction|payment|qualification|contact|annex|appendix|terms|timeline"
                   r"|risk|"
                   r"confidential|evaluation|objectives?$|budget$", re.IGNORECASE)
_BACKGROUND = re.compile(r"背景|概况|概述|简介|目标|background|introduction|overview"
                         r"|objective", re.IGNORECASE)
_NAMED = re.compile(r"^(?:项目名称|采购项目名称|名称|project(?: name| title)?)\s*:\s*(.+)", re.IGNORECASE)
_UNIT_LINE = re.compile(r"单位\s*[:]\s*(?:人民币)?\s*(亿元|万元|千元|元)")
_CHINESE = re.compile(r"[一-鿿]")
_WORDS = {
    "zh": {"results": "{title}的全部工作成果及说明文档",
           "accept": "逐项核对「{result}」：齐全、可打开或可运行、与需求一致，缺一项即不通过",
           "takes": "接收：标包{numbers}的交付物", "gives": "移交：本标包交付物，供标包{numbers}使用", "join": "、"},
    "en": {"results": "All results of {title}, with documentation",
           "accept": "Check \"{result}\": complete, opens or runs, does what the need says; one missing item fails",
           "takes": "Takes in: the deliverables of slice {numbers}",
           "gives": "Hands over: its deliverables, for slice {numbers}", "join": ", "},
}


@dataclass(frozen=True)
class ProposedSlice:
    """One slice as read; what was not in the document is a draft of ours and named in the proposal's notes."""

    title: str
    need: str
    budget_fen: int
    duration_days: int
    deliverables: tuple[str, ...]
    acceptance_criteria: tuple[str, ...]
    interface: str
    depends_on: tuple[int, ...]


@dataclass(frozen=True)
class Proposal:
    """`budget_fen` is the total to cut; slices and reserve may miss it by `difference_fen` (too much is positive).

    `notes` say what was guessed, scaled or left out; `row` is the slice's position.
    """

    title: str
    description: str
    budget_fen: int
    reserve_fen: int
    slices: tuple[ProposedSlice, ...]
    notes: tuple[Problem, ...]

    @property
    def difference_fen(self) -> int:
        return sum(one.budget_fen for one in self.slices) + self.reserve_fen - self.budget_fen


def propose(text: str, *, budget_fen: int | None = None, day_rate_fen: int) -> Proposal:
    """Read a project document. `budget_fen` overrides the total it states; `day_rate_fen` prices what has no amount.

    Raises Invalid: proposal.too_long, proposal.too_short, proposal.nothing_found.
    """
    if len(text) > MOST_CHARACTERS:
        raise Invalid("proposal.too_long", length=len(text), most=MOST_CHARACTERS)
    if len(re.sub(r"\W", "", text)) < FEWEST_CHARACTERS:
        raise Invalid("proposal.too_short", least=FEWEST_CHARACTERS)
    lines = outline.normalised(text)
    root = outline.outline(lines)
    unit = next((found[1] for line in lines if (found := _UNIT_LINE.search(line))), None)
    stated = budget_fen or _total(root, lines, unit)
    reserve = _reserve(root, unit) or 0
    nodes = _slices(root, stated, reserve, unit)
    if not nodes:
        raise Invalid("proposal.nothing_found")
    notes: list[Problem] = []
    if len(nodes) > MOST_SLICES:
        notes.append(Problem("slices", "proposal.left_out", {"found": len(nodes), "most": MOST_SLICES}))
        nodes = nodes[:MOST_SLICES]
    language = "zh" if _CHINESE.search(text) else "en"
    durations = _durations(nodes, unit, day_rate_fen, notes)
    budgets, total = _budgets(nodes, durations, stated, reserve, unit, day_rate_fen, notes)
    made = _written(nodes, budgets, durations, language, notes)
    title, description = _about(root, lines, nodes)
    return Proposal(title, description, total, reserve if reserve < total else 0, made, tuple(notes))


def _total(root: Node, lines: Sequence[str], unit: str | None) -> int | None:
    """The total the document states: a line that says so, else the sum row of a table."""
    said = [one.fen for line in lines if "\t" not in line and _TOTAL.search(line)
            for one in list(quantities.amounts(line))[:1]
            if re.search(r"总|项目预算|预算金额|采购预算|限价|控制价|估算|概算|total"
                         r"|overall", line, re.IGNORECASE)]
    rows = [fen for node in outline.walk(root) if node.style == "row" and _is_sum(node)
            and (fen := parts.amount(node, unit))]
    return (said or rows or [None])[0]


def _is_sum(node: Node) -> bool:
    return any(_SUM_ROW.match(cell) for cell in (node.cells or (node.title,)) if cell)


def _reserve(root: Node, unit: str | None) -> int | None:
    for node in outline.walk(root):
        word = _RESERVE.search(node.title)
        if word and node.style == "row" and not _is_sum(node):
            return parts.amount(node, unit)
        if word and (found := next(quantities.amounts(node.title[word.end():]), None)):
            return found.fen
    return None


def _slices(root: Node, total: int | None, reserve: int, unit: str | None) -> list[Node]:
    """The group of entries that looks most like the work itself; empty when none does."""
    best: tuple[float, list[Node]] = (0.9, [])
    for heading, group in _groups(root):
        kept = [node for node in group if not _is_sum(node) and not _RESERVE.search(parts.title(node))
                and (not _META.search(parts.title(node)) or (node.style == "row" and parts.amount(node, unit)))
                and len(parts.title(node)) > 1]
        if len(kept) < 2:
            continue
        found = _score(heading, kept, len(group), total, reserve, unit)
        if found > best[0]:
            best = (found, kept)
    return best[1]


def _groups(root: Node) -> list[tuple[str, list[Node]]]:
    """(the words above it, entries of one style): under one heading, and of the whole document."""
    groups: list[tuple[str, list[Node]]] = []
    whole: dict[str, list[Node]] = {}
    for node in outline.walk(root):
        if _META.search(node.title) and not _WORK.search(node.title) and node.style != "root":
            continue
        by_style: dict[str, list[Node]] = {}
        above, before = {}, node.title
        for child in node.children:
            if child.style == "text":
                before = child.title
            else:
                by_style.setdefault(child.style, []).append(child)
                above.setdefault(child.style, f"{node.title} {before}")
        for style, group in by_style.items():
            groups.append((above[style], group))
            whole.setdefault(style, []).extend(group)
    return groups + [("", group) for group in whole.values()]


def _score(heading: str, group: Sequence[Node], of: int, total: int | None, reserve: int, unit: str | None) -> float:
    sums = [parts.amount(node, unit) for node in group]
    priced = sum(fen is not None for fen in sums) / len(group)
    timed = sum(parts.days(node) is not None for node in group) / len(group)
    score = 4 * priced + 1.5 * timed + 2 * (group[0].style == "task") + 3 * bool(_WORK.search(heading))
    if total and priced == 1 and abs(sum(fen or 0 for fen in sums) + reserve - total) * 50 <= total:
        score += 5
    score -= 3 * bool(_META.search(heading) and not _WORK.search(heading)) + 2 * (1 - len(group) / of)
    return score - (group[0].style == "bullet") * 0.5 - (len(group) > 25) - (len(group) < 3) * 0.5


def _durations(nodes: Sequence[Node], unit: str | None, day_rate_fen: int, notes: list[Problem]) -> list[int]:
    found = [parts.days(node) for node in nodes]
    guessed = [place for place, days in enumerate(found, start=1) if days is None]
    if guessed:
        notes.append(Problem("duration_days", "proposal.days_estimated", {"slices": guessed}))
    usual = sorted(days for days in found if days) or [30]
    return [days or _days_for(parts.amount(node, unit), day_rate_fen) or usual[len(usual) // 2]
            for node, days in zip(nodes, found, strict=True)]


def _days_for(fen: int | None, day_rate_fen: int) -> int | None:
    """Calendar days one person needs for what an amount buys; at least a week, at most a year."""
    return None if fen is None else min(max(-(-fen * 7 // (day_rate_fen * 5)), 7), 365)


def _budgets(nodes: Sequence[Node], durations: Sequence[int], stated: int | None, reserve: int, unit: str | None,
             day_rate_fen: int, notes: list[Problem]) -> tuple[list[int], int]:
    """(fen of each slice, the total). What has no amount shares what is left by its days."""
    sums = [parts.amount(node, unit) for node in nodes]
    blank = [place for place, fen in enumerate(sums) if fen is None]
    known = sum(fen or 0 for fen in sums) + reserve
    if blank:
        weights = [durations[place] for place in blank]
        left = (stated or 0) - known
        if left >= len(blank):
            shares, code = money.split(left, weights), "proposal.amounts_shared"
        else:
            shares, code = [slicing.person_days(days) * day_rate_fen for days in weights], "proposal.amounts_estimated"
        for place, share in zip(blank, shares, strict=True):
            sums[place] = max(share, 1)
        notes.append(Problem("budget", code, {"slices": [place + 1 for place in blank],
                                              "sum_fen": sum(shares), "day_rate_fen": day_rate_fen}))
    budgets = [fen or 1 for fen in sums]
    total = stated or sum(budgets) + reserve
    if stated is None:
        notes.append(Problem("budget", "proposal.total_is_sum", {"sum_fen": total}))
    return _fitted(budgets, total, reserve, notes), total


def _fitted(budgets: list[int], total: int, reserve: int, notes: list[Problem]) -> list[int]:
    cut = sum(budgets) + reserve
    if cut == total:
        return budgets
    facts = {"cut_fen": cut, "budget_fen": total, "difference_fen": abs(cut - total)}
    if abs(cut - total) * 100 <= total * SCALED_UP_TO_PERCENT and total - reserve >= len(budgets):
        notes.append(Problem("budget", "proposal.scaled", facts))
        return money.split(total - reserve, budgets)
    notes.append(Problem("budget", "proposal.over" if cut > total else "proposal.under", facts))
    return budgets


def _written(nodes: Sequence[Node], budgets: Sequence[int], durations: Sequence[int], language: str,
             notes: list[Problem]) -> tuple[ProposedSlice, ...]:
    words, titles = _WORDS[language], [parts.title(node) for node in nodes]
    waits = proposal_order.dependencies(nodes, titles)
    made, drafted = [], []
    for place, node in enumerate(nodes, start=1):
        results = parts.deliverables(node) or (words["results"].format(title=titles[place - 1]),)
        accepted = parts.acceptance(node)
        if not accepted:
            drafted.append(place)
            accepted = tuple(words["accept"].format(result=result) for result in results)
        after = [other for other, wanted in enumerate(waits, start=1) if place in wanted]
        handed = [words[key].format(numbers=words["join"].join(map(str, numbers)))
                  for key, numbers in (("takes", waits[place - 1]), ("gives", after)) if numbers]
        interface = parts.interface(node)
        made.append(ProposedSlice(
            titles[place - 1], parts.need(node), budgets[place - 1], durations[place - 1], results, accepted,
            "\n".join(filter(None, [interface, *handed])), waits[place - 1]))
    if drafted:
        notes.append(Problem("acceptance_criteria", "proposal.acceptance_drafted", {"slices": drafted}))
    return tuple(made)


def _about(root: Node, lines: Sequence[str], nodes: Sequence[Node]) -> tuple[str, str]:
    """(title, description): the line that names the project, else the first one; the section on its background."""
    named = next((found[1] for line in lines[:30] if (found := _NAMED.match(line.lstrip("# ")))), None)
    first = next(iter(root.children), root)
    opening = "" if first in nodes or first.style == "row" else re.split(r"[,，]", first.title)[0]
    background = next((node for node in outline.walk(root)
                       if node.style not in ("text", "row", "root") and _BACKGROUND.search(node.title[:12])), None)
    said = "\n".join(list(background.lines())[1:]) if background else ""
    return re.split(r"[。;；]", named or opening)[0].strip(" *#:")[:200], said[:2000]
