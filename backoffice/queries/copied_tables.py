"""What becomes of each table and column in a copy for training: as it is, under pseudonyms, or not at all."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, String, Table, Text

from backoffice.queries import whole_tables


class Fate(StrEnum):
    """What becomes of a table."""

    AS_IT_IS = "as_it_is"
    PSEUDONYMS = "pseudonyms"
    LEFT_OUT = "left_out"


# What the house is set with, and counts without a name.
AS_IT_IS = frozenset(
    {
        "authorities", "departments", "numberings", "procedures", "procedure_versions", "letter_templates",
        "ready_answers", "ready_answer_versions", "tags", "macros", "routing_rules", "districts", "rule_amendments",
        "usual_delays", "memberships", "counted_moments", "month_counts", "form_counts",
    }
)  # fmt: skip
# The people of the house and those who wrote to it, with the same shape and other words.
PSEUDONYMS = frozenset(
    {
        "citizens", "staff", "cases", "messages", "attachments", "case_events", "case_facts", "documents",
        "outgoing_mails", "outgoing_sms", "contacts", "call_records", "call_backs", "tasks", "feedback",
        "case_representations", "case_links", "case_tags", "case_checks", "case_watchers", "arrived_letters",
        "delegations", "notice_habits", "mail_records",
    }
)  # fmt: skip
# Who may be named in tables that are otherwise copied as they are, and what administrators wrote for themselves.
CONTACTS = {"email": "email", "phone": "phone", "author": "name", "reason": "words"}
# Texts that are codes of the house, or name no more than a kind of thing.
CODES = frozenset({"media_type", "field", "sub_state_label", "title"})
# Short texts that are not codes.
NOT_CODES = frozenset(
    {
        "phone", "postcode", "from_number", "to_number", "registered_number", "tracking_code", "external_id",
        "form_key", "only_key",
    }
)  # fmt: skip
SHORT = 64


def fate_of(table: Table) -> Fate:
    """What becomes of a table; one that nobody said anything of is left out."""
    if table.name in AS_IT_IS:
        return Fate.AS_IT_IS
    return Fate.PSEUDONYMS if table.name in PSEUDONYMS else Fate.LEFT_OUT


def list_tables() -> list[Table]:
    """The tables of a copy, each after those that its rows name."""
    return [table for table in whole_tables.list_tables() if fate_of(table) is not Fate.LEFT_OUT]


def is_code(column: Column[Any]) -> bool:
    """Whether a text is a code of the house, which stays."""
    if column.name in NOT_CODES or (column.table.name, column.name) in {
        ("tasks", "title"),
        ("case_representations", "number"),
    }:
        return False
    kind = column.type
    short = isinstance(kind, String) and not isinstance(kind, Text) and (kind.length or SHORT + 1) <= SHORT
    return column.name in CODES or short


def is_text(column: Column[Any]) -> bool:
    """Whether a column holds words."""
    return isinstance(column.type, String)
