"""Saved views: one's own and shared ones, names, the view the desk opens with."""
from __future__ import annotations

import pytest

from marketplace.accounts.models import User
from marketplace.oversight import saved
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from tests.integration.payments.world import World, noon

NOW = noon("2025-09-15")


@pytest.fixture
def colleague(world: World) -> User:
    """A second person of the operator."""
    person = User(organisation_id=world.operator.organisation_id, email="second@example.com", display_name="第二人",
                  password_hash=None, created_at=NOW)
    world.session.add(person)
    world.session.flush()
    return person


def keep(world: World, name: str = "大户", *, shared: bool = False, actor: User | None = None):
    return saved.save(world.session, name=name, query="view=late&late_min=30", shared=shared,
                      actor=actor or world.operator, now=NOW)


def test_a_shared_view_is_seen_by_colleagues_and_changed_by_its_owner_alone(world, colleague) -> None:
    own, shared = keep(world, "自用"), keep(world, "共用", shared=True)
    assert [view.name for view in saved.visible(world.session, actor=world.operator)] == ["共用", "自用"]
    assert [view.id for view in saved.visible(world.session, actor=colleague)] == [shared.id]
    with pytest.raises(NotFound):
        saved.change(world.session, own.id, name="x", shared=False, query=None, actor=colleague, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        saved.remove(world.session, shared.id, actor=colleague, now=NOW)
    assert refused.value.code == "saved_view.not_yours"


def test_names_are_one_persons_own_and_unique(world, colleague) -> None:
    view = keep(world)
    with pytest.raises(Problems) as refused:
        keep(world)
    assert refused.value.problems[0].code == "saved_view.name_taken"
    keep(world, actor=colleague)
    other = keep(world, "另一个")
    with pytest.raises(Problems):
        saved.change(world.session, other.id, name="大户", shared=False, query=None, actor=world.operator, now=NOW)
    world.session.refresh(other)
    assert other.name == "另一个"
    saved.change(world.session, view.id, name="大户二", shared=True, query="view=all", actor=world.operator, now=NOW)
    assert (view.name, view.shared, view.query) == ("大户二", True, "view=all")


@pytest.mark.parametrize("name", ["", "  ", "长" * 61])
def test_a_view_needs_a_name_of_a_sensible_length(world, name) -> None:
    with pytest.raises(Problems):
        keep(world, name)


def test_the_desk_opens_with_the_chosen_view_until_it_is_gone(world, colleague) -> None:
    shared = keep(world, shared=True)
    assert saved.default_of(world.session, actor=colleague) is None
    saved.open_with(world.session, shared.id, actor=colleague)
    saved.open_with(world.session, shared.id, actor=world.operator)
    assert saved.default_of(world.session, actor=colleague).id == shared.id
    saved.open_with(world.session, None, actor=world.operator)
    assert saved.default_of(world.session, actor=world.operator) is None
    saved.change(world.session, shared.id, name="大户", shared=False, query=None, actor=world.operator, now=NOW)
    assert saved.default_of(world.session, actor=colleague) is None, "shared no more"
    saved.remove(world.session, shared.id, actor=world.operator, now=NOW)
    assert saved.visible(world.session, actor=world.operator) == []


def test_a_person_keeps_thirty_views_at_most(world) -> None:
    for number in range(saved.MOST_VIEWS):
        keep(world, f"视图 {number}")
    with pytest.raises(WrongState) as refused:
        keep(world, "再来一个")
    assert refused.value.code == "saved_view.too_many"
