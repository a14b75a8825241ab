"""What a rule says arrives whole, wherever it is heard."""
from __future__ import annotations

import pickle

from marketplace.rules.errors import Problem, Problems, WrongState


def test_a_refusal_survives_the_way_from_one_process_to_another() -> None:
    heard = pickle.loads(pickle.dumps(WrongState("bid.past_deadline", hours=3)))  # noqa: S301
    assert (type(heard), heard.code, heard.facts, heard.status) == (WrongState, "bid.past_deadline", {"hours": 3}, 409)


def test_so_does_a_list_of_problems() -> None:
    heard = pickle.loads(pickle.dumps(Problems([Problem("price", "money.zero")])))  # noqa: S301
    assert [problem.field for problem in heard] == ["price"]
