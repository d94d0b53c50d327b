"""An archive transfer as XML: the ArchiveTransfer message of the SEDA 2.2 (element by element, in its order).

Source: Standard d'échange de données pour l'archivage, version 2.2 (Service interministériel des Archives de France,
January 2022). Names and order of the elements are those of its schema.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from backoffice.domain.archive_transfer import Agency, Appraisal, Content, Happening, Transfer, Unit

NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v2.2"
NAMES = "http://xmlns.com/foaf/0.1/"
# What XML 1.0 has no way to write, escaped or not (section 2.2).
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MASTER = "BinaryMaster_1"


def write(transfer: Transfer) -> bytes:
    """The manifest of a transfer, in UTF-8; whatever XML cannot hold becomes U+FFFD."""
    root = Element("ArchiveTransfer", {"xmlns": NAMESPACE, "xmlns:foaf": NAMES})
    _add(root, "Comment", transfer.comment)
    _add(root, "Date", transfer.at)
    _add(root, "MessageIdentifier", transfer.identifier)
    _add(root, "ArchivalAgreement", transfer.agreement)
    codes = SubElement(root, "CodeListVersions")
    _add(codes, "MimeTypeCodeListVersion", "IANA")
    _add(codes, "FileFormatCodeListVersion", "PRONOM")
    package = SubElement(root, "DataObjectPackage")
    groups = _data_objects(package, transfer.file.contents())
    described = SubElement(package, "DescriptiveMetadata")
    _Description(groups, transfer.authority).add(described, transfer.file)
    _management(SubElement(package, "ManagementMetadata"), transfer)
    _agency(root, "ArchivalAgency", transfer.archives)
    _agency(root, "TransferringAgency", transfer.authority)
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _data_objects(package: Element, contents: Iterable[Content]) -> dict[str, str]:
    """One object a file, whoever sent it how often; answers the identifier of its group by its place."""
    groups: dict[str, str] = {}
    for content in contents:
        if content.uri in groups:
            continue
        number = len(groups) + 1
        groups[content.uri] = f"group-{number}"
        group = SubElement(package, "DataObjectGroup", {"id": groups[content.uri]})
        binary = SubElement(group, "BinaryDataObject", {"id": f"object-{number}"})
        _add(binary, "DataObjectVersion", MASTER)
        _add(binary, "Uri", content.uri)
        _add(binary, "MessageDigest", content.sha512, algorithm="SHA-512")
        _add(binary, "Size", str(content.size) if content.size else "")
        if content.media_type or content.puid:
            known = SubElement(binary, "FormatIdentification")
            _add(known, "MimeType", content.media_type)
            _add(known, "FormatId", content.puid)
        _add(SubElement(binary, "FileInfo"), "Filename", content.name.strip() or "fichier")
    return groups


class _Description:
    """Writes the tree of units, numbering them as they come."""

    def __init__(self, groups: dict[str, str], authority: Agency) -> None:
        self.groups, self.authority, self.count = groups, authority, 0

    def add(self, parent: Element, unit: Unit) -> None:
        self.count += 1
        is_root = self.count == 1
        written = SubElement(parent, "ArchiveUnit", {"id": f"unit-{self.count}"})
        content = SubElement(written, "Content")
        _add(content, "DescriptionLevel", unit.level)
        _add(content, "Title", unit.title or "Sans titre")
        _add(content, "OriginatingSystemId", unit.identifier)
        _add(content, "Description", unit.description)
        _add(content, "DocumentType", unit.kind)
        _add(content, "Language", "fr" if is_root else "")
        if is_root:
            _agency(content, "OriginatingAgency", self.authority)
        for role, name in (("Addressee", unit.addressee), ("Sender", unit.sender)):
            if name:
                _add(SubElement(content, role), "FullName", name)
        for name, moment in (
            ("CreatedDate", unit.created),
            ("SentDate", unit.sent),
            ("ReceivedDate", unit.received),
            ("StartDate", unit.start_on),
            ("EndDate", unit.end_on),
        ):
            _add(content, name, moment)
        for happening in unit.history:
            _event(SubElement(content, "Event"), happening)
        for part in unit.parts:
            self.add(written, part)
        if unit.content is not None:
            reference = SubElement(written, "DataObjectReference")
            _add(reference, "DataObjectGroupReferenceId", self.groups[unit.content.uri])


def _event(event: Element, happening: Happening) -> None:
    _add(event, "EventIdentifier", str(happening.number))
    _add(event, "EventTypeCode", happening.kind)
    _add(event, "EventType", happening.label)
    _add(event, "EventDateTime", happening.at)
    _add(event, "EventDetail", happening.detail)
    if happening.actor:
        agent = SubElement(event, "LinkingAgentIdentifier")
        _add(agent, "LinkingAgentIdentifierType", happening.actor_kind)
        _add(agent, "LinkingAgentIdentifierValue", happening.actor)


def _management(management: Element, transfer: Transfer) -> None:
    _add(management, "AcquisitionInformation", "Versement")
    _add(management, "LegalStatus", "Public Archive")
    _add(management, "OriginatingAgencyIdentifier", transfer.authority.identifier)
    _add(management, "SubmissionAgencyIdentifier", transfer.authority.identifier)
    _appraisal(SubElement(management, "AppraisalRule"), transfer.appraisal)
    access = SubElement(management, "AccessRule")
    _add(access, "Rule", transfer.access_rule)
    _add(access, "StartDate", transfer.closed_on)


def _appraisal(rule: Element, appraisal: Appraisal) -> None:
    """The years as an ISO 8601 duration, as the lists of the SEDA wrote them first (« P2Y »)."""
    if appraisal.years is not None:
        _add(rule, "Rule", f"P{appraisal.years}Y")
        _add(rule, "StartDate", appraisal.start_on)
    _add(rule, "FinalAction", "Keep" if appraisal.keep else "Destroy")


def _agency(parent: Element, name: str, agency: Agency) -> None:
    """Its identifier, then its name in a vocabulary of its own: the schema leaves that to other namespaces."""
    organisation = SubElement(parent, name)
    _add(organisation, "Identifier", agency.identifier)
    _add(SubElement(organisation, "OrganizationDescriptiveMetadata"), "foaf:name", agency.name)


def _add(parent: Element, name: str, value: str | date | datetime | None, **attributes: str) -> None:
    """Append an element, unless there is nothing to say."""
    text = value.isoformat() if isinstance(value, date) else value
    if text and text.strip():
        SubElement(parent, name, attributes).text = UNWRITABLE.sub("\ufffd", text)
