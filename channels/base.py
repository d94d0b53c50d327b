"""What a channel is: it translates what arrived into one value, and does nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest
from backoffice.domain.procedures import ProcedureDefinition

Raw_contra = TypeVar("Raw_contra", contravariant=True)


class Audience(StrEnum):
    """Who comes in by a channel: citizens themselves, staff who write for them, or machines."""

    CITIZEN = "citizen"
    STAFF = "staff"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was posted, whoever filled it in.

    `id` is unique within its channel: posting the same form twice changes nothing. `fields` are the texts by
    input name, `files` are already kept by content hash. `definition` is the procedure whose questions were
    asked, None when nobody chose one. `recorded_by` is the agent who wrote for the citizen.
    """

    id: str
    received_at: datetime
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: tuple[IncomingFile, ...] = ()
    definition: ProcedureDefinition | None = None
    authority: str = ""
    citizen_id: int | None = None
    recorded_by: int | None = None

    def text(self, name: str) -> str:
        """The text posted under this name, without the spaces around it; empty when there is none."""
        given = self.fields.get(name) or ("",)
        return given[0].replace("\x00", "").strip()


class Channel(Protocol[Raw_contra]):
    """A door of the house. `normalise` is pure: no clock, no network, no database; it never raises on content."""

    @property
    def code(self) -> ChannelCode:
        """The name of the door, kept on each case as a fact."""

    @property
    def audience(self) -> Audience:
        """Who comes in by it."""

    def normalise(self, raw: Raw_contra) -> IncomingRequest:
        """What arrived, as the one value that intake knows."""
