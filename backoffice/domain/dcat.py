"""The catalogue of open data as DCAT-AP 3 in JSON-LD, which data.gouv.fr and data.europa.eu gather from its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

CONTEXT: dict[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LISTS = "http://publications.europa.eu/resource/authority/"
FRENCH = f"{_LISTS}language/FRA"
MONTHLY = f"{_LISTS}frequency/MONTHLY"
PUBLIC = f"{_LISTS}access-right/PUBLIC"
STABLE = f"{_LISTS}planned-availability/STABLE"
GOVERNMENT = f"{_LISTS}data-theme/GOVE"
THEMES = f"{_LISTS}data-theme"
FILE_TYPES = f"{_LISTS}file-type/"
MEDIA_TYPES = "http://www.iana.org/assignments/media-types/"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: `territory_uri` is empty when the territory has no address of its own (id.insee.fr gives one)."""

    name: str
    homepage: str
    email: str
    licence: str
    territory: str
    territory_uri: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file: `file_type` is a code of the European list, `media_type` one of IANA, `digest` its SHA-256."""

    title: str
    address: str
    file_type: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """The latest version of a dataset: `page` is its address for people, `schema` that of its columns."""

    code: str
    title: str
    description: str
    keywords: tuple[str, ...]
    page: str
    schema: str
    since: date
    until: date
    issued: datetime
    modified: datetime
    version: int
    files: tuple[Distribution, ...]


def catalogue(address: str, publisher: Publisher, datasets: Sequence[Dataset]) -> dict[str, Any]:
    """The whole catalogue; `address` is its own."""
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": _french(f"Données ouvertes – {publisher.name}"),
        "dct:description": _french(f"Les demandes reçues par {publisher.name}, anonymisées, démarche par démarche."),
        "dct:language": _id(FRENCH),
        "dct:publisher": _agent(publisher),
        "dct:license": _licence(publisher),
        "foaf:homepage": {"@id": publisher.homepage, "@type": "foaf:Document"},
        "dcat:themeTaxonomy": {"@id": THEMES, "@type": "skos:ConceptScheme", "dct:title": _french("Thèmes européens")},
        "dct:spatial": _territory(publisher),
        "dcat:dataset": [_dataset(one, publisher) for one in datasets],
    }
    if datasets:
        said["dct:issued"] = _instant(min(one.issued for one in datasets))
        said["dct:modified"] = _instant(max(one.modified for one in datasets))
    return said


def _dataset(one: Dataset, publisher: Publisher) -> dict[str, Any]:
    return {
        "@id": one.page,
        "@type": "dcat:Dataset",
        "dct:identifier": one.code,
        "dct:title": _french(one.title),
        "dct:description": _french(one.description),
        "dct:publisher": _agent(publisher),
        "dcat:contactPoint": _contact(publisher),
        "dcat:keyword": [_french(word) for word in one.keywords],
        "dcat:theme": {"@id": GOVERNMENT, "@type": "skos:Concept", "skos:prefLabel": _french("Secteur public")},
        "dct:language": _id(FRENCH),
        "dct:accessRights": {"@id": PUBLIC, "@type": "dct:RightsStatement"},
        "dct:accrualPeriodicity": {"@id": MONTHLY, "@type": "dct:Frequency"},
        "dct:spatial": _territory(publisher),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": one.since.isoformat()},
            "dcat:endDate": {"@type": "xsd:date", "@value": one.until.isoformat()},
        },
        "dct:issued": _instant(one.issued),
        "dct:modified": _instant(one.modified),
        "dcat:version": str(one.version),
        "owl:versionInfo": str(one.version),
        "dcat:landingPage": {"@id": one.page, "@type": "foaf:Document"},
        "dct:conformsTo": _standard(one.schema),
        "dcat:distribution": [_distribution(file, one, publisher) for file in one.files],
    }


def _distribution(file: Distribution, of: Dataset, publisher: Publisher) -> dict[str, Any]:
    return {
        "@id": file.address,
        "@type": "dcat:Distribution",
        "dct:title": _french(file.title),
        "dcat:accessURL": _id(of.page),
        "dcat:downloadURL": _id(file.address),
        "dct:format": {"@id": f"{FILE_TYPES}{file.file_type}", "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {"@id": f"{MEDIA_TYPES}{file.media_type}", "@type": "dct:MediaType"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.size)},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": SHA256, "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.digest},
        },
        "dct:license": _licence(publisher),
        "dct:language": _id(FRENCH),
        "dct:modified": _instant(of.modified),
        "dct:conformsTo": _standard(of.schema),
        "http://data.europa.eu/r5r/availability": {"@id": STABLE, "@type": "skos:Concept"},
    }


def _agent(publisher: Publisher) -> dict[str, Any]:
    return {"@id": f"{publisher.homepage}#collectivite", "@type": "foaf:Agent", "foaf:name": _french(publisher.name)}


def _contact(publisher: Publisher) -> dict[str, Any]:
    said: dict[str, Any] = {"@type": "vcard:Organization", "vcard:fn": publisher.name}
    if publisher.email:
        return said | {"vcard:hasEmail": _id(f"mailto:{publisher.email}")}
    return said | {"vcard:hasURL": _id(publisher.homepage)}


def _territory(publisher: Publisher) -> dict[str, Any]:
    said: dict[str, Any] = {"@type": "dct:Location", "skos:prefLabel": _french(publisher.territory)}
    return {"@id": publisher.territory_uri, **said} if publisher.territory_uri else said


def _licence(publisher: Publisher) -> dict[str, Any]:
    return {"@id": publisher.licence, "@type": "dct:LicenseDocument"}


def _standard(schema: str) -> dict[str, Any]:
    return {"@id": schema, "@type": "dct:Standard"}


def _id(address: str) -> dict[str, str]:
    return {"@id": address}


def _french(text: str) -> dict[str, str]:
    return {"@language": "fr", "@value": str(text)}


def _instant(at: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": at.isoformat(timespec="seconds")}
