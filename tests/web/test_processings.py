"""The register of processings: what procedures say is in it and in the notice of their forms; the rest is added."""

import io
import zipfile

import pytest
from flask import Flask

from backoffice.domain.processings import NO_TRANSFER
from backoffice.queries import catalogue
from backoffice.services import procedures
from tests import factories
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/registre/"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_register_says_each_procedure_as_its_form_does_and_takes_what_is_added(
    app: Flask, signed_in: SignedIn
) -> None:
    dpo, visitor = signed_in("Inès"), app.test_client()
    for stranger in ("Karim", "Marc", "Paul", "Philippe"):
        assert signed_in(stranger).get(PAGE).status_code == 403
    with runtime_of(app).database.reading() as session:
        authority = factories.the_authority(session)
        known = catalogue.list_procedures(session, authority.id)
        definitions = [procedures.read_version(one.current_version) for one in known if one.current_version]
    shown = words(dpo.get(PAGE).text)
    pdf, table = dpo.get(f"{PAGE}registre.pdf"), dpo.get(f"{PAGE}registre.csv").data.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(dpo.get(f"{PAGE}registre.ods").data)) as book:
        content = book.read("content.xml").decode()
    assert pdf.data.startswith(b"%PDF")
    noticed = set[str]()
    for one in definitions:
        said = one.personal_data
        for text in (shown, table, content):
            assert " ".join(said.purpose.split()) in " ".join(text.replace("&amp;", "&").split()), one.code
        form = visitor.get(f"/demarches/{one.code}/demande", follow_redirects=True)
        notice = words(form.text)
        if "Ce que deviennent vos données" in notice:
            noticed.add(one.code)
            for text in (said.purpose[1:], said.basis, said.recipients[1:]):
                assert " ".join(text.split()) in notice, f"{one.code} does not say what becomes of the data"
    step_by_step = {one.code for one in definitions if one.step_by_step or one.sve_excluded or one.exclusive}
    assert {one.code for one in definitions} - noticed <= step_by_step, "the others have it on each of their steps"
    one = f"{PAGE}host_certificate"
    before = words(dpo.get(one).text)
    for text in ("Personne désignée par « La personne qui accueille »", "Coordonnées", NO_TRANSFER, "5 ans après"):
        assert text in before
    assert dpo.post(one, data={"processors": "x" * 2001}).status_code == 422
    for typed in (
        {"processors": "Hébergeur SA, Rennes"},
        {"processors": "Hébergeur SA, Rennes"},
        {"transfers": "Suisse"},
    ):
        assert dpo.post(one, data=typed).status_code == 303
    after = words(signed_in("Nadia").get(one).text)
    assert "transferts hors de l’union européenne et garanties, « Suisse »" in after
    assert after.count("« Hébergeur SA, Rennes »") == 1, "the same again leaves no line"
    assert NO_TRANSFER not in after
    assert dpo.get(f"{PAGE}rien").status_code == 404
