"""Which slice waits for which, from the words of a project document."""
from __future__ import annotations

import re
from collections.abc import Sequence

from marketplace.rules import proposal_parts
from marketplace.rules.outline import Node

_CN = "一二三四五六七八九十"
_DEPENDS = re.compile(rf"依赖|前置|前序|以[^,，。;；]{{0,20}}为(?:基础|前提)|基于"
                      rf"|在[^,，。;；]{{1,30}}(?:之后|后|的基础上)|待[^,，。;；]{{1,30}}"
                      rf"后|[{_CN}\d](?:完成|验收|交付|结束)[^,，。;；]{{0,4}}后|depends? on|prerequisite"
                      rf"|requires? (?:task|phase|lot|wp|work)|"
                      r"after (?:task|phase|lot|wp|work|module|completion|the)|follows (?:task|phase|lot"
                      r"|wp)", re.IGNORECASE)
_NUMBERED = re.compile(
    rf"(?:任务|模块|子项目|子项|标包|标段|分包|工作包|包件|子任务|子系统|专题|阶段|序号|第|work packages?"
    rf"|wp|tasks?|phases?|lots?|modules?"
    rf"|stages?|items?)\s*(?P<list>(?:[{_CN}]{{1,2}}|\d{{1,2}})(?:\s*(?:、|,|和|与|及|and"
    rf"|&)\s*(?:[{_CN}]{{1,2}}|\d{{1,2}}))*)",
    re.IGNORECASE)
_IN_STEPS = re.compile(r"阶段|第[一二三四五六七八九十\d]+期|phase|stage", re.IGNORECASE)


def dependencies(nodes: Sequence[Node], titles: Sequence[str]) -> list[tuple[int, ...]]:
    """For each entry the positions (from 1) of the entries that come before it, sorted; never itself."""
    numbers = _numbers(nodes)
    found = [_of_node(node, place, numbers, nodes, titles) for place, node in enumerate(nodes, start=1)]
    if not any(found) and in_steps(nodes):
        return [(place - 1,) if place > 1 else () for place in range(1, len(nodes) + 1)]
    return [tuple(sorted(wanted)) for wanted in found]


def in_steps(nodes: Sequence[Node]) -> bool:
    """Whether every entry is called a phase or a stage: then they follow each other."""
    return all(_IN_STEPS.search(node.mark or node.title[:12]) for node in nodes)


def number_of(text: str) -> int | None:
    """"三" → 3, "12" → 12."""
    if text.isdecimal():
        return int(text)
    if not text or any(letter not in _CN for letter in text):
        return None
    tens, ten, ones = text.rpartition("十")
    return ((_CN.index(tens) + 1 if tens else 1) * 10 if ten else 0) + (_CN.index(ones) + 1 if ones else 0)


def _numbers(nodes: Sequence[Node]) -> dict[int, int]:
    """The document's own number of each entry → its position; the position itself where numbers are missing."""
    own: list[int | None] = []
    for node in nodes:
        text = node.cells[0] if node.style == "row" and node.cells else node.mark
        found = re.search(rf"[{_CN}]+|\d+(?=\D*$)", text or "")
        own.append(number_of(found[0]) if found else None)
    if None in own or len(set(own)) != len(own):
        return {place: place for place in range(1, len(nodes) + 1)}
    return {number: place for place, number in enumerate(own, start=1) if number is not None}


def _of_node(node: Node, place: int, numbers: dict[int, int], nodes: Sequence[Node],
             titles: Sequence[str]) -> set[int]:
    wanted: set[int] = set()
    if (at := proposal_parts.column(node, proposal_parts.DEPENDS)) is not None:
        cell = node.cells[at]
        wanted |= {numbers[int(number)] for number in re.findall(r"\d+", cell) if int(number) in numbers}
        wanted |= _named(cell, titles) | _listed(cell, numbers)
        return wanted - {place}
    for line in node.lines():
        for clause in re.split(r"[。;；]|(?<=\w)\. ", line):
            if _DEPENDS.search(clause):
                wanted |= _listed(clause, numbers) | _named(clause, titles) | _by_mark(clause, nodes)
    return wanted - {place}


def _listed(clause: str, numbers: dict[int, int]) -> set[int]:
    said = {number_of(text) for found in _NUMBERED.finditer(clause)
            for text in re.findall(rf"[{_CN}]+|\d+", found["list"])}
    return {numbers[number] for number in said if number in numbers}


def _by_mark(clause: str, nodes: Sequence[Node]) -> set[int]:
    """Entries named by a decimal number such as 3.2."""
    said = set(re.findall(r"(?<![\d.])\d{1,2}(?:\.\d{1,2})+(?![\d.%])", clause))
    return {place for place, node in enumerate(nodes, start=1) if node.mark.rstrip(".、 ") in said}


def _named(clause: str, titles: Sequence[str]) -> set[int]:
    """Entries named by their title, or by a beginning of it that no other title shares."""
    found = set()
    for place, title in enumerate(titles, start=1):
        short = title[:4]
        alone = len(short) == 4 and not short.isascii() and sum(one.startswith(short) for one in titles) == 1
        if len(title) > 1 and (title in clause or (alone and short in clause)):
            found.add(place)
    return found
