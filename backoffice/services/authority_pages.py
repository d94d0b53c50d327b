"""What pages and letters say of an authority: its name and colour, its legal texts, its hours, its open channels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import colours, identity, opening_hours, policy
from backoffice.domain.french import DAYS
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.opening_hours import SpecialHours
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import SCREEN_LABELS, Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue as queries
from backoffice.services import setting_history

COLOUR, WEEK, SPECIAL_HOURS, CLOSED_CHANNELS = "colour", "week", "special_hours", "closed_channels"
LONGEST_LINE, LONGEST_TEXT, LONGEST_SENTENCE = 255, 10_000, 500
SWITCHED = (ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.PHONE, ChannelCode.COUNTER, ChannelCode.LETTER)
"""The doors that an authority may close."""
COURT = {"court_city": "city", "court_address": "address"}
TEXTS = {
    "signatory": "Directeur de la publication",
    "signatory_title": "Qualité",
    "host": "Hébergeur du site",
    "documents_contact": "Courriel pour l’accès aux documents",
    "court_city": "Tribunal administratif de",
    "court_address": "Adresse du tribunal",
    "legal_text": "Mentions légales",
    "accessibility_text": "Accessibilité",
    "privacy_text": "Données personnelles",
}
LONG_TEXTS = ("legal_text", "accessibility_text", "privacy_text")

Values = Mapping[str, str]
Faults = dict[str, str]


class Unreadable(Invalid):
    """A colour in which texts would not be read; `nearest` is one in which they are."""

    def __init__(self, sentence: str, nearest: str) -> None:
        super().__init__(faults={COLOUR: sentence})
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Settled:
    """A screen: what its form shows, and how what was typed is written in an authority (raises Invalid)."""

    screen: Screen
    shown: Callable[[Authority], dict[str, str]]
    write: Callable[[Authority, Values], None]
    labels: Mapping[str, str]

    def save(self, session: Session, actor: Actor, values: Values) -> None:
        """Write what was typed; raise Invalid with every fault, by field."""
        policy.require(actor, Permission.DEPARTMENT_MANAGE)
        typed = {name: text.replace("\x00", "").replace("\r\n", "\n").strip() for name, text in values.items()}
        authority = queries.claim_authority(session, actor.authority_id)
        before = self._told(authority)
        self.write(authority, typed)
        setting_history.record(session, actor, self.screen, SCREEN_LABELS[self.screen], before, self._told(authority))

    def _told(self, authority: Authority) -> dict[str, str]:
        values = self.shown(authority)
        return {label: values.get(name, "") for name, label in self.labels.items()}


def _appearance(authority: Authority) -> dict[str, str]:
    return {
        "name": authority.name,
        "short_name": authority.short_name,
        COLOUR: str(authority.details.get(COLOUR, "")),
    }


def _write_appearance(authority: Authority, typed: Values) -> None:
    faults: Faults = {}
    name = " ".join(typed.get("name", "").split())
    if not name:
        faults["name"] = "Donnez le nom de la collectivité."
    for field in ("name", "short_name"):
        _check_length(typed, field, LONGEST_LINE, faults)
    colour = ""
    if asked := typed.get("nearest") or typed.get(COLOUR, ""):
        try:
            colour = colours.read(asked)
        except Invalid as fault:
            faults[COLOUR] = fault.sentence
    if faults:
        raise Invalid(faults=faults)
    if colour and not (verdict := colours.judge(colour)).is_readable:
        raise Unreadable(_unreadable(verdict), verdict.nearest)
    authority.name, authority.short_name = name, typed.get("short_name", "")
    authority.details = {**authority.details, COLOUR: colour}


def _unreadable(verdict: colours.Verdict) -> str:
    ratio, least = (f"{one:.1f}".replace(".", ",") for one in (verdict.ratio, colours.READABLE))
    return (
        f"Les textes de cette couleur se liraient mal : leur contraste avec le fond {verdict.ground} est de {ratio}, "
        f"il en faut au moins {least} (WCAG 2.1, critère 1.4.3). La plus proche qui se lit est {verdict.nearest}."
    )


def _texts(authority: Authority) -> dict[str, str]:
    court = authority.details.get("court") or {}
    said = {name: str(authority.details.get(name, "") or "") for name in TEXTS if name not in COURT}
    return said | {name: str(court.get(key, "")) for name, key in COURT.items()}


def _write_texts(authority: Authority, typed: Values) -> None:
    faults: Faults = {}
    for name in TEXTS:
        _check_length(typed, name, LONGEST_TEXT if name in LONG_TEXTS else LONGEST_LINE, faults)
    if contact := typed.get("documents_contact", ""):
        try:
            identity.check_email(contact)
        except Invalid as fault:
            faults["documents_contact"] = fault.sentence
    if bool(typed.get("court_city")) != bool(typed.get("court_address")):
        missing = "court_address" if typed.get("court_city") else "court_city"
        faults[missing] = "Donnez la ville et l’adresse du tribunal, ou aucune des deux : les courriers les citent."
    if faults:
        raise Invalid(faults=faults)
    said: dict[str, Any] = {name: typed.get(name, "") for name in TEXTS if name not in COURT}
    court = {key: typed[name] for name, key in COURT.items() if typed.get(name)}
    authority.details = {**authority.details, **said, "court": court}


def _hours(authority: Authority) -> dict[str, str]:
    week = _week_of(authority)
    values = {f"day_{day}": opening_hours.write_slots(week.get(day, ())) for day in range(1, 8)}
    return values | {SPECIAL_HOURS: opening_hours.write_exceptions(special_hours(authority.details))}


def _write_hours(authority: Authority, typed: Values) -> None:
    faults: Faults = {}
    week: dict[int, tuple[opening_hours.Slot, ...]] = {}
    for day in range(1, 8):
        try:
            week[day] = opening_hours.read_slots(typed.get(f"day_{day}", ""))
        except Invalid as fault:
            faults[f"day_{day}"] = fault.sentence
    exceptions: tuple[SpecialHours, ...] = ()
    try:
        exceptions = opening_hours.read_exceptions(typed.get(SPECIAL_HOURS, ""))
    except Invalid as fault:
        faults[SPECIAL_HOURS] = fault.sentence
    said = "" if faults else opening_hours.say_week(week)
    if len(said) > LONGEST_LINE:
        faults["day_1"] = "Ces horaires sont trop longs à dire en une phrase : donnez-en moins."
    if faults:
        raise Invalid(faults=faults)
    kept = {str(day): [[one.isoformat("minutes") for one in slot] for slot in week[day]] for day in week if week[day]}
    details = {**authority.details, WEEK: kept, SPECIAL_HOURS: [one.to_data() for one in exceptions]}
    # Without a week, the sentence that was typed by hand stays.
    authority.details = details | ({"opening_hours": said} if said else {})


def _week_of(authority: Authority) -> opening_hours.Week:
    kept = authority.details.get(WEEK, {})
    return {int(day): opening_hours.slots_of(slots) for day, slots in kept.items()}


def special_hours(details: Mapping[str, Any]) -> tuple[SpecialHours, ...]:
    """The days when the hours of an authority are others."""
    return tuple(SpecialHours.from_data(one) for one in details.get(SPECIAL_HOURS, ()))


def _channels(authority: Authority) -> dict[str, str]:
    closed = closed_channels(authority.details)
    return {f"open_{code}": "no" if code in closed else "yes" for code in SWITCHED} | {
        f"said_{code}": closed.get(code, "") for code in SWITCHED
    }


def _write_channels(authority: Authority, typed: Values) -> None:
    faults: Faults = {}
    closed: dict[str, str] = {}
    for code in SWITCHED:
        said = " ".join(typed.get(f"said_{code}", "").split())
        if typed.get(f"open_{code}", "yes") == "yes":
            continue
        if not said:
            faults[f"said_{code}"] = "Dites aux usagers pourquoi, jusqu’à quand, et comment faire autrement."
        elif len(said) > LONGEST_SENTENCE:
            faults[f"said_{code}"] = f"Ce texte est trop long : {LONGEST_SENTENCE} caractères au plus."
        closed[code] = said
    if len(closed) == len(SWITCHED):
        faults[f"open_{SWITCHED[0]}"] = "Laissez au moins un chemin ouvert : les usagers doivent pouvoir vous écrire."
    if faults:
        raise Invalid(faults=faults)
    authority.details = {**authority.details, CLOSED_CHANNELS: closed}


def closed_channels(details: Mapping[str, Any]) -> dict[str, str]:
    """The doors that an authority closed, with what it tells citizens of each."""
    return dict(details.get(CLOSED_CHANNELS, {}))


def _check_length(typed: Values, name: str, longest: int, faults: Faults) -> None:
    if len(typed.get(name, "")) > longest:
        faults[name] = f"Ce texte est trop long : {longest} caractères au plus."


APPEARANCE = Settled(
    Screen.APPEARANCE,
    _appearance,
    _write_appearance,
    {"name": "Nom", "short_name": "Nom court", COLOUR: "Couleur"},
)
PUBLIC_TEXTS = Settled(Screen.TEXTS, _texts, _write_texts, TEXTS)
HOURS = Settled(
    Screen.HOURS,
    _hours,
    _write_hours,
    {f"day_{day}": name.capitalize() for day, name in enumerate(DAYS, 1)} | {SPECIAL_HOURS: "Jours particuliers"},
)
CHANNELS = Settled(
    Screen.CHANNELS,
    _channels,
    _write_channels,
    {f"said_{code}": f"{CHANNEL_LABELS[code]} : fermé, et ce qui est dit" for code in SWITCHED},
)
