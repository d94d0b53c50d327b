"""Who may do what: one table of roles and permissions, asked at the head of every use case."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from backoffice.errors import Forbidden, NotFound


class Permission(StrEnum):
    """What can be allowed, as `subject:action`."""

    CASE_READ = "case:read"
    CASE_READ_RESTRICTED = "case:read_restricted"
    CASE_RECORD = "case:record"
    CASE_TAKE = "case:take"
    CASE_ASSIGN = "case:assign"
    CASE_TRANSFER = "case:transfer"
    CASE_NOTE = "case:note"
    CASE_REPLY = "case:reply"
    CASE_MOVE = "case:move"
    CASE_DECIDE = "case:decide"
    CASE_TAG = "case:tag"
    CASE_CORRECT = "case:correct"
    CASE_ARCHIVE = "case:archive"
    CITIZEN_READ = "citizen:read"
    CITIZEN_WRITE = "citizen:write"
    CITIZEN_MERGE = "citizen:merge"
    REPORT_READ = "report:read"
    REPORT_EXPORT = "report:export"
    CASE_EXPORT_PERSONAL = "case:export_personal"
    EXPORT_LOG_READ = "export_log:read"
    MAIL_LEDGER_READ = "mail_ledger:read"
    MAILBOX_MANAGE = "mailbox:manage"
    MAIL_SORT = "mail:sort"
    JOB_RETRY = "job:retry"
    HOUSE_READ = "house:read"
    QUARANTINE_MANAGE = "quarantine:manage"
    DEPARTMENT_MANAGE = "department:manage"
    STAFF_MANAGE = "staff:manage"
    PROCEDURE_MANAGE = "procedure:manage"
    LAW_MANAGE = "law:manage"
    TEMPLATE_MANAGE = "template:manage"
    READY_ANSWER_READ = "ready_answer:read"
    READY_ANSWER_MANAGE = "ready_answer:manage"
    TAG_MANAGE = "tag:manage"
    MACRO_MANAGE = "macro:manage"
    CALL_TAKE = "call:take"
    VIEW_SHARE = "view:share"
    ABSENCE_MANAGE = "absence:manage"
    TASK_ASK = "task:ask"
    TASK_ANSWER = "task:answer"
    EMERGENCY_OPEN = "emergency:open"
    OPEN_DATA_MANAGE = "open_data:manage"
    RETENTION_MANAGE = "retention:manage"
    ACCESS_LOG_READ = "access_log:read"
    PERSON_RIGHTS_MANAGE = "person_rights:manage"
    PROCESSING_MANAGE = "processing:manage"
    KIOSK_MANAGE = "kiosk:manage"


class Role(StrEnum):
    """A role is held in a department, or in the whole authority."""

    FRONT_DESK = "front_desk"
    CASE_HANDLER = "case_handler"
    UNIT_SUPERVISOR = "unit_supervisor"
    EXECUTIVE_DIRECTOR = "executive_director"
    FUNCTIONAL_ADMIN = "functional_admin"
    IT_ADMIN = "it_admin"
    DPO = "dpo"
    JURIST = "jurist"
    ARCHIVIST = "archivist"
    SHARED_HANDLER = "shared_handler"


ROLE_LABELS: dict[Role, str] = {
    Role.FRONT_DESK: "Agent d’accueil",
    Role.CASE_HANDLER: "Agent instructeur",
    Role.UNIT_SUPERVISOR: "Responsable de service",
    Role.EXECUTIVE_DIRECTOR: "Direction générale",
    Role.FUNCTIONAL_ADMIN: "Administration fonctionnelle",
    Role.IT_ADMIN: "Administration technique",
    Role.DPO: "Délégation à la protection des données",
    Role.JURIST: "Juriste",
    Role.ARCHIVIST: "Archives",
    Role.SHARED_HANDLER: "Agent d’un service commun",
}

CONFINED = frozenset({Role.SHARED_HANDLER})
"""Roles of who works here for another authority (services.shared_members): they know of no case but their department's.

They are given there alone, to nobody of the house.
"""
GIVEN_LABELS = {role: label for role, label in ROLE_LABELS.items() if role not in CONFINED}
"""The roles that an administrator gives on the screens of accounts."""

_SHARED_QUEUE = frozenset(
    {
        Permission.CASE_READ,
        Permission.CASE_RECORD,
        Permission.CASE_NOTE,
        Permission.CITIZEN_READ,
        Permission.READY_ANSWER_READ,
        Permission.CALL_TAKE,
    }
)
_HANDLING = _SHARED_QUEUE | {
    Permission.CASE_READ_RESTRICTED,
    Permission.CASE_TAKE,
    Permission.CASE_ASSIGN,
    Permission.CASE_TRANSFER,
    Permission.CASE_REPLY,
    Permission.CASE_MOVE,
    Permission.CASE_TAG,
    Permission.CASE_DECIDE,
    Permission.CASE_CORRECT,
    Permission.CITIZEN_WRITE,
    Permission.CITIZEN_MERGE,
    Permission.MAIL_SORT,
    Permission.TASK_ASK,
    Permission.TASK_ANSWER,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.FRONT_DESK: _SHARED_QUEUE
    | {
        Permission.CITIZEN_WRITE,
        Permission.CITIZEN_MERGE,
        Permission.CASE_TRANSFER,
        Permission.CASE_TAG,
        Permission.MAIL_SORT,
    },
    Role.CASE_HANDLER: _HANDLING,
    Role.UNIT_SUPERVISOR: _HANDLING
    | {
        Permission.CASE_ARCHIVE,
        Permission.REPORT_READ,
        Permission.REPORT_EXPORT,
        Permission.CASE_EXPORT_PERSONAL,
        Permission.EXPORT_LOG_READ,
        Permission.JOB_RETRY,
        Permission.READY_ANSWER_MANAGE,
        Permission.TAG_MANAGE,
        Permission.MACRO_MANAGE,
        Permission.VIEW_SHARE,
        Permission.ABSENCE_MANAGE,
    },
    Role.EXECUTIVE_DIRECTOR: frozenset({Permission.REPORT_READ, Permission.REPORT_EXPORT}),
    Role.FUNCTIONAL_ADMIN: frozenset(
        {
            Permission.REPORT_READ,
            Permission.EXPORT_LOG_READ,
            Permission.DEPARTMENT_MANAGE,
            Permission.STAFF_MANAGE,
            Permission.ABSENCE_MANAGE,
            Permission.PROCEDURE_MANAGE,
            Permission.TEMPLATE_MANAGE,
            Permission.READY_ANSWER_READ,
            Permission.READY_ANSWER_MANAGE,
            Permission.TAG_MANAGE,
            Permission.MACRO_MANAGE,
            Permission.MAIL_LEDGER_READ,
            Permission.MAILBOX_MANAGE,
            Permission.JOB_RETRY,
            Permission.HOUSE_READ,
            Permission.QUARANTINE_MANAGE,
            Permission.EMERGENCY_OPEN,
            Permission.OPEN_DATA_MANAGE,
            Permission.RETENTION_MANAGE,
            Permission.PROCESSING_MANAGE,
            Permission.KIOSK_MANAGE,
        }
    ),
    # The technical administrator keeps the house running and reads no case (domain.md §1, it_admin).
    Role.IT_ADMIN: frozenset(
        {
            Permission.STAFF_MANAGE,
            Permission.MAIL_LEDGER_READ,
            Permission.MAILBOX_MANAGE,
            Permission.JOB_RETRY,
            Permission.HOUSE_READ,
            Permission.QUARANTINE_MANAGE,
            Permission.KIOSK_MANAGE,
        }
    ),
    Role.DPO: frozenset(
        {
            Permission.CASE_READ,
            Permission.CASE_READ_RESTRICTED,
            Permission.CASE_ARCHIVE,
            Permission.CITIZEN_READ,
            Permission.REPORT_READ,
            Permission.EXPORT_LOG_READ,
            Permission.RETENTION_MANAGE,
            Permission.ACCESS_LOG_READ,
            Permission.PERSON_RIGHTS_MANAGE,
            Permission.PROCESSING_MANAGE,
        }
    ),
    # Who keeps the archives sees procedures, years, counts and references, and reads no case.
    Role.ARCHIVIST: frozenset({Permission.RETENTION_MANAGE}),
    Role.JURIST: frozenset(
        {
            Permission.CASE_READ,
            Permission.CASE_NOTE,
            Permission.REPORT_READ,
            Permission.PROCEDURE_MANAGE,
            Permission.LAW_MANAGE,
            Permission.TEMPLATE_MANAGE,
        }
    ),
    # A case handler, for the cases of one department alone: neither the people, calls and mails of the authority, nor
    # new cases of its.
    Role.SHARED_HANDLER: _HANDLING
    - {
        Permission.CASE_RECORD,
        Permission.CITIZEN_READ,
        Permission.CITIZEN_WRITE,
        Permission.CITIZEN_MERGE,
        Permission.CALL_TAKE,
        Permission.MAIL_SORT,
    },
}

# What an administrator, who reads no case otherwise, may do for some minutes once they said why (services.emergency).
IN_EMERGENCY = frozenset({Permission.CASE_READ, Permission.CASE_READ_RESTRICTED, Permission.CITIZEN_READ})

# Reading the shared queue is a right of the authority; acting is a right of the department that has the case.
AUTHORITY_WIDE = frozenset(
    {
        Permission.CASE_READ,
        Permission.CASE_RECORD,
        Permission.CASE_NOTE,
        Permission.CITIZEN_READ,
        Permission.CITIZEN_WRITE,
        Permission.CITIZEN_MERGE,
        Permission.MAIL_SORT,
        Permission.READY_ANSWER_READ,
        Permission.CALL_TAKE,
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a department, or everywhere in the authority when `department_id` is None."""

    role: Role
    department_id: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff with grants, a citizen, or the house itself (`kind` is system).

    `emergency` while an administrator reads every case for some minutes.
    """

    kind: str
    authority_id: int
    id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    emergency: bool = False

    @property
    def department_ids(self) -> frozenset[int]:
        """The departments where the actor holds a role."""
        return frozenset(g.department_id for g in self.grants if g.department_id is not None)

    def departments_with(self, permission: Permission) -> frozenset[int | None]:
        """Where the permission is held; None in the set stands for the whole authority."""
        held = frozenset(g.department_id for g in self.grants if permission in GRANTS[g.role])
        return held | {None} if self.emergency and permission in IN_EMERGENCY else held

    def reaches_all(self, permission: Permission) -> bool:
        """Whether the permission holds for the cases of every department, where it is held in one at least."""
        if permission not in AUTHORITY_WIDE:
            return False
        held = (g.role for g in self.grants if permission in GRANTS[g.role])
        return not CONFINED.issuperset(held) or (self.emergency and permission in IN_EMERGENCY)

    def holds_in(self, permission: Permission, department_id: int | None) -> bool:
        """Whether the permission is held in a department, or (None) in the whole authority."""
        return not self.departments_with(permission).isdisjoint({None, department_id})


class Guarded(Protocol):
    """What a permission can be asked about: something of an authority, in a department, restricted or not."""

    @property
    def authority_id(self) -> int:
        """The authority that it belongs to."""

    @property
    def department_id(self) -> int:
        """The department that has it."""

    @property
    def restricted(self) -> bool:
        """Whether only its own department may know of it."""


def system(authority_id: int, name: str = "Parvis") -> Actor:
    """The house itself: intake, workers, the clock."""
    return Actor(kind="system", authority_id=authority_id, name=name)


def allows(actor: Actor, permission: Permission, subject: Guarded | None = None) -> bool:
    """Say whether the actor may; without a subject, whether they may somewhere."""
    if actor.kind == "system":
        return subject is None or subject.authority_id == actor.authority_id
    held = actor.departments_with(permission)
    if subject is None:
        return bool(held)
    if subject.authority_id != actor.authority_id:
        return False
    if subject.restricted and not _holds(actor.departments_with(Permission.CASE_READ_RESTRICTED), subject):
        return False
    return actor.reaches_all(permission) or _holds(held, subject)


def _holds(departments: Iterable[int | None], subject: Guarded) -> bool:
    return any(department in (None, subject.department_id) for department in departments)


def require(actor: Actor, permission: Permission, subject: Guarded | None = None) -> None:
    """Raise Forbidden, or NotFound when the actor may not even know that the subject exists."""
    if allows(actor, permission, subject):
        return
    if subject is not None and not allows(actor, Permission.CASE_READ, subject):
        raise NotFound("Ce dossier n’existe pas ou n’est pas accessible avec votre compte.")
    raise Forbidden
