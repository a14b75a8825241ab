"""The first schema: accounts, demands, profiles, bids, contracts, payments, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_object", ["object_type", "object_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.PrimaryKeyConstraint("job", "business_date", name=op.f("pk_job_run")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("payer_type", sa.String(length=40), nullable=True),
        sa.Column("size_class", sa.String(length=40), nullable=True),
        sa.Column("state_owned", sa.Boolean(), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("sme_declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role <> 'buyer' OR payer_type IS NOT NULL", name=op.f("ck_organisation_buyer_has_payer_type")
        ),
        sa.CheckConstraint(
            "role <> 'founder' OR size_class IS NOT NULL", name=op.f("ck_organisation_founder_has_size")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisation_uscc")),
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address_digest", name=op.f("pk_sign_in_throttle")),
    )
    op.create_table(
        "capability_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("external_ref", sa.String(length=200), nullable=True),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("industries", JSON, nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("day_rate_fen", sa.BigInteger(), nullable=True),
        sa.Column("remote_ok", sa.Boolean(), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("certifications", JSON, nullable=False),
        sa.Column("capacity_days_per_month", sa.Integer(), nullable=True),
        sa.Column("related_usccs", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "capacity_days_per_month IS NULL OR capacity_days_per_month BETWEEN 0 AND 31",
            name=op.f("ck_capability_profile_capacity"),
        ),
        sa.CheckConstraint(
            "day_rate_fen IS NULL OR day_rate_fen > 0", name=op.f("ck_capability_profile_day_rate")
        ),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_capability_profile_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability_profile")),
        sa.UniqueConstraint("external_ref", name=op.f("uq_capability_profile_external_ref")),
        sa.UniqueConstraint("founder_id", name=op.f("uq_capability_profile_founder_id")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_inbox", ["organisation_id", "created_at"], unique=False)

    op.create_table(
        "opening_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("wrapping", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("holder IN ('buyer','operator','escrow')", name=op.f("ck_opening_key_holder")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_opening_key_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_key")),
        sa.UniqueConstraint("organisation_id", "holder", name=op.f("uq_opening_key_organisation_id_holder")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("industry", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("reserve_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_basis", sa.String(length=40), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("acceptance_period_days", sa.Integer(), nullable=True),
        sa.Column("over_60_reason", sa.Text(), nullable=True),
        sa.Column("pay_when_paid_clause", sa.Boolean(), nullable=False),
        sa.Column("late_rate_value", sa.String(length=20), nullable=True),
        sa.Column("late_rate_unit", sa.String(length=20), nullable=True),
        sa.Column("allocation", sa.String(length=40), nullable=False),
        sa.CheckConstraint("budget_fen > 0 AND reserve_fen >= 0", name=op.f("ck_project_amounts")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_project_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("calendar_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_user_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("calendar_digest", name=op.f("uq_user_account_calendar_digest")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_account_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_key_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index("ix_api_key_owner", ["user_id"], unique=False)

    op.create_table(
        "idempotent_reply",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_idempotent_reply_user_id")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotent_reply")),
    )
    op.create_table(
        "opening_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opening_key_id", sa.Integer(), nullable=False),
        sa.Column("attempted_by", sa.String(length=60), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_key_id"], ["opening_key.id"], name=op.f("fk_opening_attempt_opening_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_attempt")),
    )
    with op.batch_alter_table("opening_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opening_attempt_opening_key_id"), ["opening_key_id"], unique=False
        )

    op.create_table(
        "slice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("required_skills", JSON, nullable=False),
        sa.Column("deliverables", JSON, nullable=False),
        sa.Column("acceptance_criteria", JSON, nullable=False),
        sa.Column("depends_on", JSON, nullable=False),
        sa.CheckConstraint("budget_fen > 0", name=op.f("ck_slice_budget")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_slice_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slice")),
        sa.UniqueConstraint("project_id", "position", name=op.f("uq_slice_project_id_position")),
    )
    op.create_table(
        "demand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("external_ref", sa.String(length=200), nullable=True),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("slice_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("data_offered", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("industry", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("required_skills", JSON, nullable=False),
        sa.Column("required_certifications", JSON, nullable=False),
        sa.Column("deliverables", JSON, nullable=False),
        sa.Column("acceptance_criteria", JSON, nullable=False),
        sa.Column("set_aside", sa.Boolean(), nullable=False),
        sa.Column("data_provided", sa.Boolean(), nullable=False),
        sa.Column("remote_ok", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bid_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("start_basis", sa.String(length=40), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("acceptance_period_days", sa.Integer(), nullable=True),
        sa.Column("over_60_reason", sa.Text(), nullable=True),
        sa.Column("pay_when_paid_clause", sa.Boolean(), nullable=False),
        sa.Column("late_rate_value", sa.String(length=20), nullable=True),
        sa.Column("late_rate_unit", sa.String(length=20), nullable=True),
        sa.Column("allocation", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "status IN ('planning','cancelled') OR (published_at IS NOT NULL AND bid_deadline IS NOT NULL)",
            name=op.f("ck_demand_published_has_dates"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('evaluation','complete') OR opened_at IS NOT NULL",
            name=op.f("ck_demand_opened_has_moment"),
        ),
        sa.CheckConstraint("budget_fen > 0", name=op.f("ck_demand_budget")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_demand_buyer_id")),
        sa.ForeignKeyConstraint(["slice_id"], ["slice.id"], name=op.f("fk_demand_slice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand")),
        sa.UniqueConstraint("code", name=op.f("uq_demand_code")),
        sa.UniqueConstraint("slice_id", name=op.f("uq_demand_slice_id")),
    )
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.create_index("ix_demand_board", ["status", "published_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(
            "uq_demand_buyer_ref",
            ["buyer_id", "external_ref"],
            unique=True,
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )

    op.create_table(
        "bid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opening_problem", sa.String(length=40), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("milestones", JSON, nullable=True),
        sa.Column("disclosures", JSON, nullable=True),
        sa.CheckConstraint(
            "opening_problem IS NULL OR status = 'sealed'", name=op.f("ck_bid_unread_stays_sealed")
        ),
        sa.CheckConstraint(
            "status IN ('sealed','superseded','withdrawn') OR opened_at IS NOT NULL",
            name=op.f("ck_bid_opened"),
        ),
        sa.CheckConstraint("(opened_at IS NULL) = (price_fen IS NULL)", name=op.f("ck_bid_opened_has_price")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_bid_demand_id")),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_bid_founder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid")),
        sa.UniqueConstraint("founder_id", "idempotency_key", name=op.f("uq_bid_founder_id_idempotency_key")),
        sa.UniqueConstraint("id", "demand_id", name=op.f("uq_bid_id_demand_id")),
    )
    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bid_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bid_founder_id"), ["founder_id"], unique=False)
        batch_op.create_index(
            "uq_bid_live",
            ["demand_id", "founder_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('sealed','opened','awarded','unsuccessful')"),
            postgresql_where=sa.text("status IN ('sealed','opened','awarded','unsuccessful')"),
        )

    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('price','quality')", name=op.f("ck_criterion_kind")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_criterion_weight")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_criterion_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("demand_id", "position", name=op.f("uq_criterion_demand_id_position")),
    )
    op.create_table(
        "demand_key",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_demand_key_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_demand_key")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_invitation_demand_id")),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_invitation_founder_id")),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["user_account.id"], name=op.f("fk_invitation_invited_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("demand_id", "founder_id", name=op.f("uq_invitation_demand_id_founder_id")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_founder_id"), ["founder_id"], unique=False)

    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("explanation", JSON, nullable=False),
        sa.Column("engine_version", sa.String(length=200), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_suggestion_demand_id")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["capability_profile.id"], name=op.f("fk_suggestion_profile_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("demand_id", "profile_id", name=op.f("uq_suggestion_demand_id_profile_id")),
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index("ix_suggestion_demand_rank", ["demand_id", "rank"], unique=False)
        batch_op.create_index("ix_suggestion_profile_score", ["profile_id", "score"], unique=False)

    op.create_table(
        "suggestion_refresh",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("inputs_hash", sa.String(), nullable=False),
        sa.Column("engine_version", sa.String(length=200), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_suggestion_refresh_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_suggestion_refresh")),
    )
    op.create_table(
        "award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ranking", JSON, nullable=False),
        sa.Column("awarded_by_id", sa.Integer(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["awarded_by_id"], ["user_account.id"], name=op.f("fk_award_awarded_by_id")),
        sa.ForeignKeyConstraint(
            ["bid_id", "demand_id"], ["bid.id", "bid.demand_id"], name=op.f("fk_award_bid_id_demand_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_award_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_award_bid_id")),
        sa.UniqueConstraint("demand_id", name=op.f("uq_award_demand_id")),
    )
    op.create_table(
        "key_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opening_key_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened", sa.LargeBinary(), nullable=True),
        sa.Column("contributed_by", sa.String(length=60), nullable=True),
        sa.Column("contributed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["demand_id"], ["demand_key.demand_id"], name=op.f("fk_key_share_demand_id")),
        sa.ForeignKeyConstraint(
            ["opening_key_id"], ["opening_key.id"], name=op.f("fk_key_share_opening_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_share")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_key_share_demand_id_number")),
    )
    op.create_table(
        "score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("scored_by_id", sa.Integer(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_score_points")),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_score_bid_id")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_score_criterion_id")),
        sa.ForeignKeyConstraint(["scored_by_id"], ["user_account.id"], name=op.f("fk_score_scored_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("bid_id", "criterion_id", name=op.f("uq_score_bid_id_criterion_id")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("payer_type", sa.String(length=40), nullable=False),
        sa.Column("payee_size_at_signing", sa.String(length=40), nullable=False),
        sa.Column("sme_declared_at_signing", sa.Boolean(), nullable=False),
        sa.Column("lpr_at_signing", sa.String(length=20), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("buyer_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buyer_confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("founder_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("founder_confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_basis", sa.String(length=40), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("acceptance_period_days", sa.Integer(), nullable=True),
        sa.Column("over_60_reason", sa.Text(), nullable=True),
        sa.Column("pay_when_paid_clause", sa.Boolean(), nullable=False),
        sa.Column("late_rate_value", sa.String(length=20), nullable=True),
        sa.Column("late_rate_unit", sa.String(length=20), nullable=True),
        sa.Column("allocation", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending','cancelled') OR (signed_on IS NOT NULL AND buyer_confirmed_at IS NOT NULL AND founder_confirmed_at IS NOT NULL)",
            name=op.f("ck_contract_signed_by_both"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_contract_total")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_contract_award_id")),
        sa.ForeignKeyConstraint(
            ["buyer_confirmed_by_id"], ["user_account.id"], name=op.f("fk_contract_buyer_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_contract_buyer_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_contract_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_confirmed_by_id"], ["user_account.id"], name=op.f("fk_contract_founder_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_contract_founder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("award_id", name=op.f("uq_contract_award_id")),
        sa.UniqueConstraint("demand_id", name=op.f("uq_contract_demand_id")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_number")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_founder_id"), ["founder_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("planned_days", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("acceptance_criteria", JSON, nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("settlement_confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_milestone_amount")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_milestone_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("contract_id", "position", name=op.f("uq_milestone_contract_id_position")),
    )
    op.create_table(
        "past_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_past_case_contract_id")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["capability_profile.id"], name=op.f("fk_past_case_profile_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_case")),
        sa.UniqueConstraint("profile_id", "position", name=op.f("uq_past_case_profile_id_position")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("delivered_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "decision <> 'rejected' OR decision_reason IS NOT NULL",
            name=op.f("ck_delivery_rejection_has_reason"),
        ),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('passed','rejected')", name=op.f("ck_delivery_decision")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_on IS NULL)", name=op.f("ck_delivery_decision_has_day")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_delivery_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivered_by_id"], ["user_account.id"], name=op.f("fk_delivery_delivered_by_id")
        ),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_delivery_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_milestone_id"), ["milestone_id"], unique=False)

    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_amount")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_invoice_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_invoice_milestone_id_number")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_milestone_id"), ["milestone_id"], unique=False)

    op.create_table(
        "obligation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("basis", JSON, nullable=False),
        sa.Column("term_start", sa.Date(), nullable=True),
        sa.Column("nominal_due_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_obligation_amount")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_obligation_contract_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_obligation_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint("milestone_id", name=op.f("uq_obligation_milestone_id")),
    )
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_obligation_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_obligation_due_on"), ["due_on"], unique=False)

    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("disputed_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("upheld_fen", sa.BigInteger(), nullable=True),
        sa.Column("resolution_note", sa.String(length=2000), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (resolved_on IS NULL)", name=op.f("ck_dispute_resolved_has_day")
        ),
        sa.CheckConstraint("disputed_fen > 0", name=op.f("ck_dispute_amount")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_dispute_obligation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(
            "uq_dispute_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("cash_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'notified') = (answered_at IS NULL)", name=op.f("ck_payment_answered")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_payment_obligation_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_payment_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(
            "uq_payment_reference",
            ["obligation_id", "bank_reference"],
            unique=True,
            sqlite_where=sa.text("status <> 'contradicted'"),
            postgresql_where=sa.text("status <> 'contradicted'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_reference",
            sqlite_where=sa.text("status <> 'contradicted'"),
            postgresql_where=sa.text("status <> 'contradicted'"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_obligation_id"))

    op.drop_table("payment")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_dispute_open",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_dispute_obligation_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_obligation_due_on"))
        batch_op.drop_index(batch_op.f("ix_obligation_contract_id"))

    op.drop_table("obligation")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_milestone_id"))

    op.drop_table("invoice")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_milestone_id"))

    op.drop_table("delivery")
    op.drop_table("past_case")
    op.drop_table("milestone")
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_founder_id"))
        batch_op.drop_index(batch_op.f("ix_contract_buyer_id"))

    op.drop_table("contract")
    op.drop_table("score")
    op.drop_table("key_share")
    op.drop_table("award")
    op.drop_table("suggestion_refresh")
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index("ix_suggestion_profile_score")
        batch_op.drop_index("ix_suggestion_demand_rank")

    op.drop_table("suggestion")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_founder_id"))

    op.drop_table("invitation")
    op.drop_table("demand_key")
    op.drop_table("criterion")
    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_bid_live",
            sqlite_where=sa.text("status IN ('sealed','opened','awarded','unsuccessful')"),
            postgresql_where=sa.text("status IN ('sealed','opened','awarded','unsuccessful')"),
        )
        batch_op.drop_index(batch_op.f("ix_bid_founder_id"))
        batch_op.drop_index(batch_op.f("ix_bid_demand_id"))

    op.drop_table("bid")
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_demand_buyer_ref",
            sqlite_where=sa.text("external_ref IS NOT NULL"),
            postgresql_where=sa.text("external_ref IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_demand_buyer_id"))
        batch_op.drop_index("ix_demand_board")

    op.drop_table("demand")
    op.drop_table("slice")
    with op.batch_alter_table("opening_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_attempt_opening_key_id"))

    op.drop_table("opening_attempt")
    op.drop_table("idempotent_reply")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index("ix_api_key_owner")

    op.drop_table("api_key")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_organisation_id"))

    op.drop_table("user_account")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_buyer_id"))

    op.drop_table("project")
    op.drop_table("opening_key")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_inbox")

    op.drop_table("notice")
    op.drop_table("capability_profile")
    op.drop_table("sign_in_throttle")
    op.drop_table("organisation")
    op.drop_table("job_run")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_object")

    op.drop_table("audit_entry")
