"""The picture of a project's slices: no arrow runs behind a box, and every slice is there once."""
from __future__ import annotations

import random
import re

import pytest

from marketplace.demand import picture
from marketplace.rules.slicing import SliceDraft, check_slices


def drawn(depends_on: dict[int, tuple[int, ...]], **said) -> picture.Picture:
    levels = check_slices(0, [SliceDraft(n, f"标包{n}", 1, 1, depends_on=wants)
                              for n, wants in depends_on.items()]).levels
    return picture.draw(levels, depends_on, {n: f"标包{n}" for n in depends_on}, **said)


def points(path: str) -> list[tuple[float, float]]:
    """Points along an arrow: twenty on each curve, twenty on each straight run."""
    found: list[tuple[float, float]] = []
    for kind, rest in re.findall(r"([MCH])([^MCH]+)", path):
        numbers = [float(text) for text in rest.split()]
        if kind == "M":
            x, y = numbers
        elif kind == "H":
            found += [(x + (numbers[0] - x) * step / 20, y) for step in range(1, 20)]
            x = numbers[0]
        else:
            x1, y1, x2, y2, x3, y3 = numbers
            for step in range(1, 20):
                t = step / 20
                at = [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d
                      for a, b, c, d in ((x, x1, x2, x3), (y, y1, y2, y3))]
                found.append((at[0], at[1]))
            x, y = x3, y3
    return found


def assert_no_arrow_behind_a_box(found: picture.Picture) -> None:
    for arrow in found.arrows:
        for x, y in points(arrow.path):
            for box in found.boxes:
                inside = box.x < x < box.x + found.box_width and box.y < y < box.y + found.box_height
                assert not inside, f"{arrow.before} → {arrow.after} runs behind slice {box.position}"


def test_an_arrow_that_skips_a_level_goes_round_the_box_between() -> None:
    found = drawn({1: (), 2: (1,), 3: (1, 2)})
    assert {(arrow.before, arrow.after) for arrow in found.arrows} == {(1, 2), (1, 3), (2, 3)}
    assert_no_arrow_behind_a_box(found)


@pytest.mark.parametrize("seed", range(12))
def test_no_arrow_of_any_project_runs_behind_a_box_and_all_of_it_is_inside_the_picture(seed: int) -> None:
    chance = random.Random(seed)
    depends_on = {n: tuple(sorted(chance.sample(range(1, n), min(n - 1, chance.randrange(4))))) for n in range(1, 16)}
    found = drawn(depends_on)
    assert_no_arrow_behind_a_box(found)
    assert sorted(box.position for box in found.boxes) == list(depends_on)
    taken = {(box.x, box.y) for box in found.boxes}
    assert len(taken) == len(found.boxes)
    for box in found.boxes:
        assert box.x >= 0
        assert box.x + found.box_width <= found.width
        assert box.y >= 0
        assert box.y + found.box_height <= found.height


def test_boxes_carry_the_status_of_their_demands_and_titles_in_two_lines_at_most() -> None:
    title = "城市内涝积水预测模型与多源雨量数据融合的边缘端部署"
    found = picture.draw([[1], [2]], {2: (1,)}, {1: title, 2: "短"}, {1: "complete"})
    assert [(box.position, box.status, len(box.lines)) for box in found.boxes] == [
        (1, "complete", 2), (2, "planning", 1)]
    assert found.boxes[0].lines[1].endswith("…")
