"""What the public finds of open data: the datasets that are published, their versions and files, and the catalogue."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import dcat
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording, Written
from backoffice.errors import Gone, NotFound
from backoffice.models.authorities import Authority
from backoffice.models.open_data import OpenDataFile, OpenDataset, OpenDataVersion
from backoffice.queries import open_data as queries
from backoffice.services import open_data, procedures
from backoffice.services.open_data_files import CSV, DICTIONARY, GEOJSON, SCHEMA

PAGE = "/donnees-ouvertes"
NO_DATASET = Wording("Ce jeu de données n’existe pas. Retrouvez tous les jeux de données dans la liste.")
TAKEN_BACK = Wording("Ce jeu de données a été retiré par la collectivité : il n’est plus publié.")


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: what it is for people, its media type in full, and its code in the European list."""

    label: str
    media_type: str
    file_type: str


_CSV = "text/csv; charset=utf-8; header=present"
FILE_KINDS: dict[str, FileKind] = {
    CSV: FileKind(Wording("Données, en CSV"), _CSV, "CSV"),
    GEOJSON: FileKind(Wording("Données placées sur la carte, en GeoJSON"), "application/geo+json", "GEOJSON"),
    DICTIONARY: FileKind(Wording("Dictionnaire des colonnes, en CSV"), _CSV, "CSV"),
    SCHEMA: FileKind(Wording("Schéma des colonnes (Table Schema), en JSON"), "application/json", "JSON"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset as the public sees it: its latest version with its files, and when it was first published."""

    dataset: OpenDataset
    definition: ProcedureDefinition
    version: OpenDataVersion
    files: tuple[OpenDataFile, ...]
    first: OpenDataVersion

    @property
    def left_out_percent(self) -> int:
        """The share of the requests that the version does not tell, up to the next five percent.

        An exact count of few people would say too much of them.
        """
        return max(-(-20 * (self.version.total - self.version.lines) // max(self.version.total, 1)), 1) * 5


def list_published(session: Session, authority_id: int) -> list[Published]:
    """The datasets that have a version, by title."""
    found = [_published(session, one) for one in queries.list_datasets(session, authority_id)]
    return sorted((one for one in found if one is not None), key=lambda one: one.definition.title)


def get_published(session: Session, authority_id: int, code: str) -> Published:
    """One of them; raise Gone when it was taken back, NotFound for any other."""
    dataset = queries.find_dataset(session, authority_id, code)
    found = _published(session, dataset) if dataset is not None else None
    if found is not None:
        return found
    if dataset is not None and queries.last_number(session, dataset):
        raise Gone(TAKEN_BACK)
    raise NotFound(NO_DATASET)


def get_file(
    session: Session, authority_id: int, code: str, name: str, number: int | None = None
) -> tuple[OpenDataFile, OpenDataVersion]:
    """A file of a version, the latest one unless a number is given; raise Gone or NotFound."""
    published = get_published(session, authority_id, code)
    version = published.version if number is None else queries.find_version(session, published.dataset, number)
    if version is None:
        # A number of a series before is that of something taken back.
        known = number is not None and 0 < number <= queries.last_number(session, published.dataset)
        raise Gone(TAKEN_BACK) if known else NotFound(NO_DATASET)
    files = {one.name: one for one in queries.list_files(session, [version.id])}
    if name not in files:
        raise NotFound(NO_DATASET)
    return files[name], version


def to_json_ld(session: Session, authority_id: int, public_url: str) -> dict[str, object]:
    """The catalogue as DCAT-AP."""
    authority = session.get_one(Authority, authority_id)
    said = open_data.catalogue_values(authority)
    publisher = dcat.Publisher(
        authority.name, f"{public_url}/", said["email"], said["licence_url"], said["territory"], said["territory_uri"]
    )
    datasets = [_described(one, f"{public_url}{PAGE}") for one in list_published(session, authority_id)]
    return dcat.catalogue(f"{public_url}{PAGE}/catalogue.jsonld", publisher, datasets)


def _described(one: Published, place: str) -> dcat.Dataset:
    code = one.dataset.procedure.code
    page = f"{place}/{code}"
    kinds = {file.name: FILE_KINDS[file.name] for file in one.files if file.name != SCHEMA}
    return dcat.Dataset(
        code=code,
        title=title_of(one.definition),
        description=str(description_of(one)),
        keywords=(one.definition.theme, "demandes des usagers", "relation à l’usager", *one.definition.keywords[:5]),
        page=page,
        schema=f"{page}/{SCHEMA}",
        since=one.version.since_on,
        until=one.version.until_on,
        issued=one.first.made_at,
        modified=one.version.made_at,
        version=one.version.number,
        files=tuple(
            dcat.Distribution(
                str(kinds[file.name].label),
                f"{page}/{file.name}",
                kinds[file.name].file_type,
                kinds[file.name].media_type.partition(";")[0],
                file.size,
                file.digest,
            )
            for file in one.files
            if file.name in kinds
        ),
    )


def title_of(definition: ProcedureDefinition) -> str:
    """What the dataset of a procedure is called."""
    return f"Demandes « {definition.title} »"


def description_of(one: Published) -> Wording:
    """What a dataset holds and leaves out, in a few sentences."""
    return Wording(
        "Une ligne par demande reçue du %(since)s au %(until)s, sans nom, texte ni référence. Chaque ligne est "
        "partagée par %(threshold)s personnes au moins : la date, le lieu ou le délai sont d’autant moins précis "
        "qu’il le faut, et les demandes trop rares ne sont pas publiées (%(percent)s sur cent au plus ici). Un mois "
        "est publié %(lag)s mois après sa fin et ne change plus ensuite.",
        since=Written("short_date", one.version.since_on),
        until=Written("short_date", one.version.until_on),
        threshold=one.version.threshold,
        percent=one.left_out_percent,
        lag=one.dataset.lag,
    )


def _published(session: Session, dataset: OpenDataset) -> Published | None:
    if dataset.taken_back_at is not None or open_data.why_never(dataset.procedure):
        return None
    version, first = queries.find_version(session, dataset), queries.find_first_version(session, dataset)
    if version is None or first is None:
        return None
    files = tuple(queries.list_files(session, [version.id]))
    return Published(dataset, procedures.definition_of(dataset.procedure), version, files, first)
