"""Files that something needs are found on each engine, in one look for all of them."""

from datetime import UTC, datetime

from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.models.drafts import Draft
from backoffice.queries import catalogue, held_files
from tests import factories

NOW = datetime.now(UTC)


def test_files_are_named_by_drafts_by_received_contents_and_by_nothing_else(runtime: Runtime) -> None:
    draft, received, alone = "a" * 64, "b" * 64, "c" * 64
    file = IncomingFile("plan.pdf", "application/pdf", 4, received)
    factories.a_receipt(runtime, files=(file,))
    with runtime.database.transaction() as session:
        procedure = catalogue.get_procedure(session, factories.the_authority(session).id, "terrace_permit")
        session.add(
            Draft(
                authority_id=procedure.authority_id,
                key="A" * 22,
                procedure_id=procedure.id,
                version_id=procedure.current_version_id,
                content=DraftContent(
                    {"name": [alone]}, (IncomingFile("a.pdf", "application/pdf", 4, draft),)
                ).to_data(),
                created_at=NOW,
                saved_at=NOW,
                expires_at=NOW,
            )
        )
    with runtime.database.reading() as session:
        assert held_files.list_named(session, [draft, received, alone]) == {draft, received}
        assert held_files.list_named(session, []) == set()
