"""The doors of HTTP: every channel that comes in by a page or an address of ours."""

from flask import Blueprint

from channels.http import (
    case_answers,
    case_representation,
    catch_up_entry,
    desk_drafts,
    desk_entry,
    desk_proof,
    draft_pages,
    draft_preview,
    kiosk,
    letter_entry,
    outside_answer,
    step_form,
    task_answer,
    web_form,
    web_reply,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    kiosk.pages,
    web_form.pages,
    step_form.pages,
    draft_pages.pages,
    draft_preview.pages,
    web_reply.pages,
    desk_entry.pages,
    desk_proof.pages,
    desk_drafts.pages,
    letter_entry.pages,
    catch_up_entry.pages,
    case_representation.pages,
    case_answers.pages,
    task_answer.pages,
    outside_answer.pages,
)
