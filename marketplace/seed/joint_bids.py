"""Joint bids of the demo market: one opened, with a file, and an invitation that waits for an answer."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import has_app_context
from sqlalchemy.orm import Session

from marketplace import uploads
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Act, Script, demand, form_of
from marketplace.tendering import attachments, teams
from marketplace.tendering import operations as tendering
from marketplace.tendering.teams import Share

OPENED, LEAD, MEMBER = "dv-d037", "dv-p083", "dv-p018"
ASKING, ASKER, ASKED = "dv-d029", "dv-p065", "dv-p085"
ON_SITE = """# 驻场安排

1. 第 1-5 天：测量料框与光照，装相机支架，标定手眼。
2. 第 6-18 天：调抓取规划，先上层后底两层，每天记录节拍。
3. 第 19-25 天：连续试运行三个班次，培训两名操作员。

备件：相机一台、偏振片两组，随车到厂。
"""


def place(script: Script, *, today: dt.date) -> None:
    """Put it into the days of the story: the opened demand closed three days ago, the other still takes bids."""
    deadline = at(today - 3 * DAY, 17)
    script.add(deadline - 4 * DAY, _propose(
        script, OPENED, LEAD, MEMBER, "机器人编程与现场调试", "物料清单与来料规则", 2_500))
    script.add(deadline - 3 * DAY, _confirm(script, OPENED, LEAD, MEMBER))
    script.add(deadline - DAY, _bid_with_file(script))
    script.add(at(today - DAY, 18), _propose(
        script, ASKING, ASKER, ASKED, "问答服务与知识库", "税收政策口径审核", 4_000))


def _propose(script: Script, ref: str, lead: str, other: str, own: str, theirs: str, share_bp: int) -> Act:
    return lambda session, now: teams.propose(
        session, demand(session, ref), Share(None, own, 10_000 - share_bp),
        [Share(script.cast.founders[other].organisation.uscc, theirs, share_bp)],
        actor=script.cast.founders[lead], now=now)


def _confirm(script: Script, ref: str, lead: str, member: str) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        wanted = demand(session, ref)
        team = teams.standing(session, wanted, script.cast.founders[lead].organisation_id)
        assert team is not None
        teams.answer(session, wanted, team.id, confirm=True, actor=script.cast.founders[member], now=now)

    return act


def _bid_with_file(script: Script) -> Act:
    """The bid is replaced by one with a file; where no installation stands around the session, by one without."""
    def act(session: Session, now: dt.datetime) -> None:
        wanted, lead = demand(session, OPENED), script.cast.founders[LEAD]
        files = () if not has_app_context() else (attachments.store(
            session, wanted, "驻场安排.md", ON_SITE.encode(), files=uploads.attachment_files(), actor=lead, now=now),)
        form = form_of(script, OPENED, LEAD, percent=84)
        tendering.submit_bid(session, wanted, replace(form, attachments=files), actor=lead, now=now)

    return act
