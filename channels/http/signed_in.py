"""What a signed-in citizen need not write again: their verified identity and contact details, which the form locks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backoffice.domain import identity
from backoffice.domain.incoming import VerifiedIdentity
from backoffice.domain.requester import PREFIX, REQUESTER_FIELDS
from backoffice.queries import people
from backoffice.web.current import authority, runtime, viewer

ALWAYS_ASKED = frozenset({"organisation"})
"""On whose behalf one writes may change from one request to the next."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The citizen behind a form: `known` (requester field → value) is theirs and not the browser's to say.

    `identity` is what a provider vouched for. Without one, a link proved their address and nothing else: `suggested`
    is what the account says besides, for them to change: nothing when a provider vouches for it.
    `citizen_id` is the account.
    """

    citizen_id: int
    identity: VerifiedIdentity | None
    known: Mapping[str, str]
    suggested: Mapping[str, str]
    proves_identity: bool

    @property
    def sheet_id(self) -> int | None:
        """The sheet that a request goes to; with a proven address alone, the name that is written says which."""
        return self.citizen_id if self.identity else None

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known, as the page shows it."""
        return [(field.label, self._shown(field.code)) for field in REQUESTER_FIELDS if field.code in self.known]

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that the page still asks for."""
        return tuple(field.code for field in REQUESTER_FIELDS if field.code not in self.known)

    def _shown(self, code: str) -> str:
        return identity.display_phone(self.known[code]) if code == "phone" else self.known[code]

    def complete(self, posted: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """What was posted, with the known fields put back over whatever the browser sent for them."""
        return {**posted, **{f"{PREFIX}{code}": [value] for code, value in self.known.items()}}

    @property
    def email_proven(self) -> bool:
        """Whether a link proved the address, and nothing proved more."""
        return self.identity is None and "email" in self.known

    def begin(self) -> dict[str, Sequence[str]]:
        """What an empty form starts with."""
        return {f"{PREFIX}{code}": [value] for code, value in self.suggested.items()}


def find() -> SignedIn | None:
    """The citizen who is signed in, if one is."""
    seen = viewer()
    if seen is None or seen.kind != "citizen" or seen.actor.id is None:
        return None
    with runtime().database.reading() as session:
        citizen = people.get_citizen(session, authority().id, seen.actor.id)
        linked = people.find_session_identity(session, seen.session_id)
    codes = [field.code for field in REQUESTER_FIELDS if field.code not in ALWAYS_ASKED | {"contact_preference"}]
    said = {code: getattr(citizen, code) for code in codes if getattr(citizen, code)}
    if seen.email or linked is None:
        own = {"email": seen.email} if seen.email else {}
        suggested = {} if seen.is_weak else {code: said[code] for code in said if code not in own}
        return SignedIn(citizen.id, None, own, suggested, False)
    proof = VerifiedIdentity(linked.issuer, linked.subject, linked.provider)
    return SignedIn(citizen.id, proof, said, {}, _proves_identity(linked.provider))


def _proves_identity(name: str) -> bool:
    return any(one.name == name and one.proves_identity for one in runtime().settings.identity_providers)
