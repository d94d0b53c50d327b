"""Every blueprint of the back-office: a new page is one file and one line here."""

from flask import Blueprint

from backoffice.web import (
    admin_departments,
    admin_jobs,
    admin_law,
    admin_procedures,
    admin_staff,
    batches,
    case_page,
    catalogue,
    citizen_account,
    citizen_sheets,
    deadline_list,
    files,
    follow_up,
    health,
    legal_acts,
    mail_ledger,
    mail_sorting,
    queue,
    staff_sign_in,
    supervision,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    catalogue.pages,
    follow_up.pages,
    citizen_account.pages,
    staff_sign_in.pages,
    queue.pages,
    case_page.pages,
    citizen_sheets.pages,
    files.pages,
    supervision.pages,
    admin_departments.pages,
    admin_staff.pages,
    admin_procedures.pages,
    admin_jobs.pages,
    admin_law.pages,
    deadline_list.pages,
    legal_acts.pages,
    mail_sorting.pages,
    mail_ledger.pages,
)
