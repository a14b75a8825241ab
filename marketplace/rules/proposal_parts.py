"""What one entry of a project document says about itself: title, amount, days, results, how they are accepted."""
from __future__ import annotations

import re

from marketplace.rules import quantities
from marketplace.rules.outline import Node

MOST_TITLE, MOST_NEED, MOST_LINES, LONGEST_LINE = 60, 4000, 12, 300
MONEY = re.compile(r"预算|费用|金额|经费|投资|报价|估算|造价|价格|限价|资金|budget|cost|amount|price"
                   r"|fee", re.IGNORECASE)
TIME = re.compile(r"工期|周期|时间|期限|天数|工作日|进度|duration|days|weeks|time", re.IGNORECASE)
NAME = re.compile(r"名称|内容|任务|模块|子项|事项|工作|标包|功能|项目|name|task|item|scope|work|module"
                  r"|lot|description",
                  re.IGNORECASE)
DEPENDS = re.compile(r"依赖|前置|前序|紧前|先决|depend|after|prerequisite|predecessor", re.IGNORECASE)
RESULTS = re.compile(r"交付物|交付成果|成果物|交付内容|成果形式|交付|成果|提交物|输出成果|deliverables?"
                     r"|outputs?", re.IGNORECASE)
ACCEPTED = re.compile(r"验收|考核指标|技术指标|指标要求|acceptance|accepted|criteri", re.IGNORECASE)
INTERFACE = re.compile(r"接口|对接|输入|数据格式|协议|移交给|api\b|interface|input"
                       r"|hand over", re.IGNORECASE)
_MEASURED = re.compile(r"≥|≤|不低于|不少于|不高于|不超过|准确率|召回率|误差|达到\d|以内$|命中|通过率"
                       r"|at least|no more than|within"
                       r"|accuracy", re.IGNORECASE)
_LABEL = re.compile(r"^\s*[^:,，。;；]{0,14}:\s*")
_NEXT_LABEL = re.compile(r"[;；,，]\s*(?:验收|依赖|前置|工期|周期|预算|费用|金额|交付|成果"
                         r"|指标)[^:,，;；]{0,6}:")
_WORK_AFTER_LABEL = re.compile(r"\s*[:：]\s*")
_IN_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_NUMBER_CELL = re.compile(r"[\d.]+|[一二三四五六七八九十]+")


def column(node: Node, wanted: re.Pattern[str], *, besides: re.Pattern[str] | None = None) -> int | None:
    """The place of the first column whose heading is `wanted` and not `besides`."""
    for place, heading in enumerate(node.header):
        if wanted.search(heading) and not (besides and besides.search(heading)) and place < len(node.cells):
            return place
    return None


def title(node: Node) -> str:
    """A short name: without amounts, brackets and what follows a colon."""
    text = node.title
    if node.style == "row":
        place = column(node, NAME, besides=re.compile(r"序号|编号|no\.?$", re.IGNORECASE))
        texts = [cell for cell in node.cells if cell and not _NUMBER_CELL.fullmatch(cell)]
        text = node.cells[place] if place is not None and node.cells[place] else (texts or [node.title])[0]
    plain = _IN_BRACKETS.sub("", re.sub(r"\*\*|__|`", "", text))
    head = re.split(_WORK_AFTER_LABEL, plain, maxsplit=1)[0].strip() or plain
    head = re.split(r"[。;；,，]|\s[-–—]\s|\. ", head, maxsplit=1)[0]
    found = next(quantities.amounts(head), None)
    if found and found.start > 3:
        head = re.sub(r"(预算|费用|金额|经费"
                      r"|budget)\s*$", "", head[:found.start].rstrip(), flags=re.IGNORECASE)
    head = head.strip(" 　,，、-–—.·:")
    return head if len(head) <= MOST_TITLE else f"{head[:MOST_TITLE - 1]}…"


def amount(node: Node, table_unit: str | None) -> int | None:
    """Fen this entry costs; where only its parts have amounts, their sum. None when it names none."""
    if node.style == "row":
        return _row_amount(node, table_unit)
    own = list(quantities.amounts(node.title))
    if own:
        return own[0].fen
    every: list[int] = []
    for line in list(node.lines())[1:]:
        found = [one.fen for one in quantities.amounts(line)]
        if found and not every and (label := _LABEL.match(line)) and MONEY.search(label[0]):
            return found[0]  # "预算: 22.5万元" is said of the whole entry, "离线填报, 预算: 6万元" of a part
        every += found[:1]
    return sum(every) or None


def _row_amount(node: Node, table_unit: str | None) -> int | None:
    place = column(node, MONEY, besides=re.compile(r"单价|占比|说明|来源"))
    if place is None:
        return next((one.fen for one in quantities.amounts(node.title)), None)
    unit = re.search(r"亿元|万元|千元|元", node.header[place])
    default = unit[0] if unit else table_unit or "元"
    return next((one.fen for one in quantities.amounts(node.cells[place], bare_unit=default)), None)


def days(node: Node) -> int | None:
    """Calendar days of work this entry takes, None when it names none."""
    if node.style == "row":
        place = column(node, TIME)
        if place is not None:
            cell, heading = node.cells[place], node.header[place]
            unit = re.search(r"工作日|天|日|周|月|days?|weeks?|months?", heading)
            return quantities.days(cell) or (quantities.days(f"{cell}{unit[0]}") if unit else None)
    return next((found for line in node.lines() if (found := quantities.days(line))), None)


def need(node: Node) -> str:
    """Everything the entry says, for the buyer to work on."""
    if node.style == "row":
        said = [f"{heading}: {cell}" if heading else cell
                for heading, cell in zip(node.header, node.cells, strict=False) if cell]
        return "\n".join(said)[:MOST_NEED]
    return "\n".join(dict.fromkeys(line for line in node.lines() if line))[:MOST_NEED]


def deliverables(node: Node) -> tuple[str, ...]:
    """What it hands over, from a labelled line or a column."""
    return _listed(node, RESULTS, besides=ACCEPTED)


def acceptance(node: Node) -> tuple[str, ...]:
    """How it is accepted: a labelled line or column, else the clauses with a measure in them."""
    found = _listed(node, ACCEPTED)
    if found:
        return found
    clauses = [clause.strip() for line in node.lines() for clause in re.split(r"[。;；，]|,(?!\d{3})"
                                                                              r"|\.\s+(?=[A-Z])", line)]
    return _bounded(clause for clause in clauses if _MEASURED.search(clause))


def interface(node: Node) -> str:
    """The sentences about what comes in, goes out and in which form."""
    if (place := column(node, INTERFACE)) is not None:
        return node.cells[place][:LONGEST_LINE]
    sentences = [part.strip() for line in list(node.lines())[1:] or [node.title] for part in re.split(r"[。;；]", line)]
    return "\n".join(_bounded(part for part in sentences
                              if INTERFACE.search(part) and not RESULTS.match(part)))[:MOST_NEED]


def _listed(node: Node, wanted: re.Pattern[str], *, besides: re.Pattern[str] | None = None) -> tuple[str, ...]:
    if node.style == "row":
        place = column(node, wanted, besides=besides)
        return _split(node.cells[place]) if place is not None else ()
    for child in node.children:  # "交付物:" as a heading with its list below
        head = child.title.rstrip(": ")
        if child.children and len(head) <= 14 and wanted.search(head) and not (besides and besides.search(head)):
            return _bounded(entry.title for entry in child.children)
    for line in node.lines():
        for clause in re.split(r"[。]|\.\s+(?=[A-Z])", line):
            label = _LABEL.match(clause) or re.match(r"^\s*(?:交付物?|提交|成果)(?:包括|有|为)?", clause)
            if label and wanted.search(label[0]) and not (besides and besides.search(label[0])):
                return _split(_NEXT_LABEL.split(clause[label.end():])[0])
    return ()


def _split(text: str) -> tuple[str, ...]:
    parts = re.split(r"[;；。]", text)
    if len([part for part in parts if part.strip()]) == 1:
        parts = re.split(r"[、，]|,(?!\d{3})", text)
    return _bounded(parts)


def _bounded(entries: object) -> tuple[str, ...]:
    kept = (entry.strip(" .。;；,，、") for entry in entries)  # type: ignore[attr-defined]
    return tuple(dict.fromkeys(entry[:LONGEST_LINE] for entry in kept if entry))[:MOST_LINES]
