"""Where people give up the forms: summed from daily counts that tell of nobody (see `models.evaluation.FormCount`)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from backoffice.domain.form_events import FormEvent
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.models.columns import Number
from backoffice.models.evaluation import FormCount
from backoffice.reports.base import Column, Filters, Report, Scope

OPENED = Column(
    "opened",
    "Ouverts",
    "Formulaires en ligne ouverts pendant la période, ni par des robots connus ni par des agents ; une page rechargée "
    "compte de nouveau.",
)
STARTED = Column(
    "started",
    "Commencés",
    "Formulaires en ligne dont une première réponse a été enregistrée ou envoyée pendant la période.",
)
SENT = Column("sent", "Envoyés", "Formulaires en ligne envoyés pendant la période, une fois chacun.")
LOST = Column(
    "lost",
    "Non envoyés",
    "Formulaires commencés moins formulaires envoyés pendant la période. Un formulaire commencé à la fin de la période "
    "peut être envoyé après.",
)
LOST_SHARE = Column("share", "Part non envoyée (%)", "« Non envoyés » pour cent formulaires commencés.")

SHOWN = Column("shown", "Vue", "Formulaires où cette étape a été montrée pour la première fois pendant la période.")
PASSED = Column("passed", "Réussie", "Formulaires où cette étape a été acceptée pour la première fois.")
REFUSED = Column("refused", "Renvoyée", "Fois où cette étape a été renvoyée avec des réponses à corriger.")
STOPPED = Column("stopped", "Sans issue", "Fois où cette étape a dit que la démarche ne convient pas.")
LEFT = Column("left", "Mise de côté", "Fois où « Terminer plus tard » a été choisi à cette étape.")
RESUMED = Column("resumed", "Reprise", "Fois où un brouillon a été rouvert à cette étape.")
GIVEN_UP = Column("given_up", "Perdus", "« Vue » moins « Réussie » : les formulaires qui se sont arrêtés là.")
GIVEN_UP_SHARE = Column("share", "Part perdue (%)", "« Perdus » pour cent fois où l’étape a été vue.")

STEP_COLUMNS = (
    Column("key", "Étape"), SHOWN, PASSED, GIVEN_UP, GIVEN_UP_SHARE, REFUSED, STOPPED, LEFT, RESUMED,
)  # fmt: skip
FIELD_COLUMNS = (
    Column("key", "Question"),
    Column("step", "Étape"),
    Column("fault", "Pourquoi"),
    Column("refused", "Refus", "Fois où cette question a été à corriger quand l’étape a été envoyée."),
)


def conditions(filters: Filters, scope: Scope) -> ColumnElement[bool]:
    """The counts of a period that may be read: those of the procedures of one's departments."""
    tests = [FormCount.authority_id == scope.authority_id, FormCount.day.between(filters.start, filters.end)]
    if scope.department_ids is not None:
        tests.append(Procedure.department_id.in_(scope.department_ids))
    if filters.department_id is not None:
        tests.append(Procedure.department_id == filters.department_id)
    if filters.procedure:
        tests.append(Procedure.code == filters.procedure)
    return and_(*tests)


def _n(*events: FormEvent) -> ColumnElement[int]:
    of = and_(FormCount.event.in_(events), FormCount.field == "")
    return func.coalesce(func.sum(case((of, FormCount.n), else_=0)), 0).cast(Number)


def _less(of: ColumnElement[int], less: ColumnElement[int]) -> ColumnElement[int]:
    return case((of > less, of - less), else_=0)


def _counts(filters: Filters, scope: Scope, *columns: Any) -> Select[Any]:
    joined = select(*columns).select_from(FormCount).join(ProcedureVersion, ProcedureVersion.id == FormCount.version_id)
    return joined.join(Procedure, Procedure.id == ProcedureVersion.procedure_id).where(conditions(filters, scope))


def _by_procedure(filters: Filters, scope: Scope) -> Select[Any]:
    started, sent = _n(FormEvent.STARTED), _n(FormEvent.SENT)
    lost = _less(started, sent)
    query = _counts(
        filters,
        scope,
        Procedure.code.label("key"),
        _n(FormEvent.OPENED).label("opened"),
        started.label("started"),
        sent.label("sent"),
        lost.label("lost"),
        (lost * 100.0 / func.nullif(started, 0)).label("share"),
    )
    return query.group_by(Procedure.code).order_by(lost.desc(), started.desc(), Procedure.code)


def steps(filters: Filters, scope: Scope) -> Select[Any]:
    """Each step of each version, with the columns of STEP_COLUMNS and `version_id`; forms as a whole have no step."""
    shown, passed = _n(FormEvent.OPENED, FormEvent.SHOWN), _n(FormEvent.PASSED)
    given_up = _less(shown, passed)
    query = _counts(
        filters,
        scope,
        FormCount.version_id,
        FormCount.step.label("key"),
        shown.label("shown"),
        passed.label("passed"),
        given_up.label("given_up"),
        (given_up * 100.0 / func.nullif(shown, 0)).label("share"),
        _n(FormEvent.REFUSED).label("refused"),
        _n(FormEvent.STOPPED).label("stopped"),
        _n(FormEvent.LEFT).label("left"),
        _n(FormEvent.RESUMED).label("resumed"),
    )
    return query.where(FormCount.step != "").group_by(FormCount.version_id, FormCount.step)


def wholes(filters: Filters, scope: Scope) -> Select[Any]:
    """Each version with how many of its forms were started and sent, the newest first."""
    query = _counts(
        filters,
        scope,
        FormCount.version_id,
        _n(FormEvent.STARTED).label("started"),
        _n(FormEvent.SENT).label("sent"),
    )
    return query.group_by(FormCount.version_id).order_by(FormCount.version_id.desc())


def refusals(filters: Filters, scope: Scope) -> Select[Any]:
    """The questions most refused of each version, with why."""
    n = func.sum(FormCount.n).cast(Number)
    of = (FormCount.version_id, FormCount.field, FormCount.step, FormCount.fault)
    query = _counts(filters, scope, *of, n.label("refused")).where(
        FormCount.event == FormEvent.REFUSED, FormCount.field != ""
    )
    return query.group_by(*of).order_by(n.desc(), FormCount.step, FormCount.field, FormCount.fault)


BY_PROCEDURE = Report(
    "forms_by_procedure",
    "Les formulaires que l’on abandonne",
    "Les formulaires en ligne de la période, selon la démarche : ceux qui se perdent le plus d’abord. Les étapes sont "
    "comptées jour par jour, sans savoir de qui.",
    (Column("key", "Démarche"), OPENED, STARTED, SENT, LOST, LOST_SHARE),
    _by_procedure,
)
