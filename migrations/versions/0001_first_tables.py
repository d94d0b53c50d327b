"""The first tables of the house."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authorities",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("short_name", sa.String(length=255), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
        sa.UniqueConstraint("code", name=op.f("uq_authorities_code")),
    )
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index("ix_failed_sign_ins_key_at", "failed_sign_ins", ["key", "at"], unique=False)

    op.create_table(
        "citizens",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("family_name", sa.String(length=255), nullable=False),
        sa.Column("given_names", sa.String(length=255), nullable=False),
        sa.Column("usage_name", sa.String(length=255), nullable=False),
        sa.Column("organisation", sa.String(length=255), nullable=False),
        sa.Column("folded_name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("address_line", sa.String(length=255), nullable=False),
        sa.Column("postcode", sa.String(length=64), nullable=False),
        sa.Column("city", sa.String(length=255), nullable=False),
        sa.Column("contact_preference", sa.String(length=64), nullable=False),
        sa.Column("electronic_reply_refused", sa.Boolean(), nullable=False),
        sa.Column("origins", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_citizens_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizens")),
    )
    op.create_index("ix_citizens_email", "citizens", ["authority_id", "email"], unique=False)
    op.create_index("ix_citizens_folded_name", "citizens", ["authority_id", "folded_name"], unique=False)
    op.create_index("ix_citizens_phone", "citizens", ["authority_id", "phone"], unique=False)

    op.create_table(
        "departments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("opening_hours", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_departments_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("authority_id", "code", name=op.f("uq_departments_authority_id_code")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_jobs_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "slot", name=op.f("uq_jobs_kind_slot")),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
        sqlite_where=sa.text("state IN ('queued', 'running')"),
    )

    op.create_table(
        "mailbox_bookmarks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("uidvalidity", NUMBER, nullable=False),
        sa.Column("last_uid", NUMBER, nullable=False),
        sa.Column("received", NUMBER, nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.Column("last_success_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_error_at", INSTANT, nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_mailbox_bookmarks_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_bookmarks")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_mailbox_bookmarks_mailbox")),
    )
    op.create_table(
        "numberings",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_numberings_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numberings")),
        sa.UniqueConstraint("authority_id", "series", name=op.f("uq_numberings_authority_id_series")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=255), nullable=False),
        sa.Column("code_verifier", sa.String(length=255), nullable=False),
        sa.Column("next_path", sa.String(length=255), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_sign_in_attempts_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_sign_in_attempts_state_hash")),
    )
    op.create_index(op.f("ix_sign_in_attempts_browser_hash"), "sign_in_attempts", ["browser_hash"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_staff_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "batches",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("merged_digest", sa.String(length=64), nullable=False),
        sa.Column("merged_size", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_batches_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_batches_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("authority_id", "form_key", name=op.f("uq_batches_authority_id_form_key")),
    )
    op.create_index("ix_batches_staff", "batches", ["staff_id", "id"], unique=False)

    op.create_table(
        "citizen_identities",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("citizen_id", NUMBER, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("claims", JSON, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.Column("last_login_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_citizen_identities_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_citizen_identities_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_identities")),
        sa.UniqueConstraint(
            "authority_id",
            "issuer",
            "subject",
            name=op.f("uq_citizen_identities_authority_id_issuer_subject"),
        ),
    )
    op.create_index(op.f("ix_citizen_identities_citizen_id"), "citizen_identities", ["citizen_id"], unique=False)

    op.create_table(
        "delegations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("signatory", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("act", sa.String(length=255), nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_delegations_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_delegations_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_table(
        "letter_previews",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_letter_previews_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_letter_previews_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_previews")),
    )
    op.create_table(
        "letter_templates",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_letter_templates_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_letter_templates_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_templates")),
        sa.UniqueConstraint(
            "authority_id",
            "template",
            "procedure_code",
            "language",
            "number",
            name="uq_letter_templates_number",
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_memberships_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_memberships_department_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_memberships_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "staff_id", "department_id", "role", name=op.f("uq_memberships_staff_id_department_id_role")
        ),
    )
    op.create_index(op.f("ix_memberships_department_id"), "memberships", ["department_id"], unique=False)
    op.create_index(op.f("ix_memberships_staff_id"), "memberships", ["staff_id"], unique=False)

    op.create_table(
        "procedures",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("department_id", NUMBER, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("current_version_id", NUMBER, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_procedures_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_procedures_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
        sa.UniqueConstraint("authority_id", "code", name=op.f("uq_procedures_authority_id_code")),
    )
    op.create_table(
        "rule_amendments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("article", sa.String(length=255), nullable=False),
        sa.Column("confidence", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_rule_amendments_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rule_amendments_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_amendments")),
    )
    op.create_index("ix_rule_amendments_authority", "rule_amendments", ["authority_id", "id"], unique=False)

    op.create_table(
        "web_sessions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("citizen_id", NUMBER, nullable=True),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("id_token", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_web_sessions_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_web_sessions_citizen_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_web_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_sessions_token_hash")),
    )
    op.create_index(op.f("ix_web_sessions_citizen_id"), "web_sessions", ["citizen_id"], unique=False)
    op.create_index(op.f("ix_web_sessions_staff_id"), "web_sessions", ["staff_id"], unique=False)

    op.create_table(
        "procedure_versions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_procedure_versions_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_procedure_versions_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_versions")),
        sa.UniqueConstraint("procedure_id", "number", name=op.f("uq_procedure_versions_procedure_id_number")),
    )
    op.create_table(
        "cases",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("tracking_code", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("procedure_version_id", NUMBER, nullable=True),
        sa.Column("department_id", NUMBER, nullable=False),
        sa.Column("assignee_id", NUMBER, nullable=True),
        sa.Column("citizen_id", NUMBER, nullable=True),
        sa.Column("recorded_by_id", NUMBER, nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("routing_reason", sa.String(length=255), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("regime", JSON, nullable=False),
        sa.Column("ruleset", sa.String(length=64), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("implicit_on", sa.Date(), nullable=True),
        sa.Column("implicit_outcome", sa.String(length=64), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_answer_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_after_days", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("history_digest", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_cases_assignee_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_cases_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_cases_citizen_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_cases_department_id")),
        sa.ForeignKeyConstraint(
            ["procedure_version_id"], ["procedure_versions.id"], name=op.f("fk_cases_procedure_version_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_cases_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("authority_id", "reference", name=op.f("uq_cases_authority_id_reference")),
    )
    op.create_index(
        "ix_cases_assignee_queue",
        "cases",
        ["authority_id", "assignee_id", "due_on", "id", "department_id", "restricted"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_cases_citizen", "cases", ["citizen_id", "id"], unique=False)
    op.create_index(
        "ix_cases_closed",
        "cases",
        ["authority_id", "closed_on", "id", "department_id", "restricted"],
        unique=False,
    )
    op.create_index(
        "ix_cases_department_queue",
        "cases",
        ["authority_id", "department_id", "due_on", "id", "restricted"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["authority_id", "due_on", "id", "department_id", "restricted"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_cases_received", "cases", ["authority_id", "received_on", "id"], unique=False)
    op.create_index(
        "ix_cases_unassigned_queue",
        "cases",
        ["authority_id", "due_on", "id", "department_id", "restricted"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL AND assignee_id IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL AND assignee_id IS NULL"),
    )
    op.create_index(
        "ix_cases_waiting_queue",
        "cases",
        ["authority_id", "due_on", "id", "department_id", "restricted"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL AND status = 'waiting_citizen'"),
        sqlite_where=sa.text("closed_at IS NULL AND status = 'waiting_citizen'"),
    )

    op.create_table(
        "bundles",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("pdf_digest", sa.String(length=64), nullable=False),
        sa.Column("pdf_size", NUMBER, nullable=False),
        sa.Column("zip_digest", sa.String(length=64), nullable=False),
        sa.Column("zip_size", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_bundles_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bundles_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bundles_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundles")),
    )
    op.create_index("ix_bundles_case", "bundles", ["case_id", "id"], unique=False)

    op.create_table(
        "case_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_events_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_events_case_id_number")),
    )
    op.create_table(
        "case_facts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_facts_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_facts_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_facts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_facts")),
    )
    op.create_index("ix_case_facts_case", "case_facts", ["case_id", "id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("mail_template", sa.String(length=64), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("rendered_at", INSTANT, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_documents_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_documents_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_case", "documents", ["case_id", "id"], unique=False)

    op.create_table(
        "mail_records",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=255), nullable=False),
        sa.Column("raw_digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("dedupe_key", sa.String(length=255), nullable=False),
        sa.Column("only_key", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("candidate_case_id", NUMBER, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by_id", NUMBER, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_mail_records_authority_id")),
        sa.ForeignKeyConstraint(["candidate_case_id"], ["cases.id"], name=op.f("fk_mail_records_candidate_case_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mail_records_case_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["staff.id"], name=op.f("fk_mail_records_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_records")),
        sa.UniqueConstraint("authority_id", "only_key", name=op.f("uq_mail_records_authority_id_only_key")),
        sa.UniqueConstraint("mailbox", "position", name=op.f("uq_mail_records_mailbox_position")),
    )
    op.create_index("ix_mail_records_balance", "mail_records", ["mailbox", "received_on", "outcome"], unique=False)
    op.create_index(op.f("ix_mail_records_case_id"), "mail_records", ["case_id"], unique=False)
    op.create_index("ix_mail_records_dedupe", "mail_records", ["authority_id", "dedupe_key"], unique=False)
    op.create_index(
        "ix_mail_records_waiting",
        "mail_records",
        ["authority_id", "outcome", "id"],
        unique=False,
        postgresql_where=sa.text("outcome IN ('pending', 'parked', 'quarantined')"),
        sqlite_where=sa.text("outcome IN ('pending', 'parked', 'quarantined')"),
    )

    op.create_table(
        "messages",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("direction", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("raw_digest", sa.String(length=64), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_messages_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_messages_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "authority_id", "channel", "source_id", name=op.f("uq_messages_authority_id_channel_source_id")
        ),
    )
    op.create_index("ix_messages_case", "messages", ["case_id", "id"], unique=False)

    op.create_table(
        "staff_notices",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_staff_notices_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staff_notices_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_notices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
        sa.UniqueConstraint("staff_id", "case_id", "kind", name=op.f("uq_staff_notices_staff_id_case_id_kind")),
    )
    op.create_index("ix_staff_notices_staff", "staff_notices", ["staff_id", "read_at", "id"], unique=False)

    op.create_table(
        "attachments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("message_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("field", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content_id", sa.String(length=255), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_attachments_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachments_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_case", "attachments", ["case_id", "id"], unique=False)
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"], unique=False)

    op.create_table(
        "batch_lines",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("batch_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_batch_lines_authority_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_lines_batch_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_batch_lines_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_batch_lines_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_lines")),
        sa.UniqueConstraint("batch_id", "case_id", name=op.f("uq_batch_lines_batch_id_case_id")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_batch_lines_batch_id_position")),
    )
    op.create_index(op.f("ix_batch_lines_case_id"), "batch_lines", ["case_id"], unique=False)

    op.create_table(
        "outgoing_mails",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("message_row_id", NUMBER, nullable=True),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("in_reply_to", sa.String(length=255), nullable=False),
        sa.Column("reply_to", sa.String(length=255), nullable=False),
        sa.Column("sender", sa.String(length=255), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("bounced_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_outgoing_mails_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outgoing_mails_case_id")),
        sa.ForeignKeyConstraint(["message_row_id"], ["messages.id"], name=op.f("fk_outgoing_mails_message_row_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_mails_message_id")),
    )
    op.create_index(op.f("ix_outgoing_mails_case_id"), "outgoing_mails", ["case_id"], unique=False)
    op.create_index("ix_outgoing_mails_recipient", "outgoing_mails", ["recipient", "created_at"], unique=False)


def downgrade() -> None:

    op.drop_table("outgoing_mails")

    op.drop_table("batch_lines")

    op.drop_table("attachments")

    op.drop_table("staff_notices")

    op.drop_table("messages")

    op.drop_table("mail_records")

    op.drop_table("documents")

    op.drop_table("case_facts")
    op.drop_table("case_events")

    op.drop_table("bundles")

    op.drop_table("cases")
    op.drop_table("procedure_versions")

    op.drop_table("web_sessions")

    op.drop_table("rule_amendments")
    op.drop_table("procedures")

    op.drop_table("memberships")
    op.drop_table("letter_templates")
    op.drop_table("letter_previews")
    op.drop_table("delegations")

    op.drop_table("citizen_identities")

    op.drop_table("batches")
    op.drop_table("staff")

    op.drop_table("sign_in_attempts")
    op.drop_table("numberings")
    op.drop_table("mailbox_bookmarks")

    op.drop_table("jobs")
    op.drop_table("departments")

    op.drop_table("citizens")

    op.drop_table("failed_sign_ins")
    op.drop_table("authorities")
