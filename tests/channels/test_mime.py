"""Any bytes become one message value: nothing raises, nothing is lost."""

import email
import email.policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import mail_kinds, mime, replies
from tests.channels import samples

SMALL = [name for name in samples.EXPECTED if len(samples.raw(name)) < 20_000]


@pytest.mark.parametrize("name", samples.having("subject"))
def test_the_subject_is_read(name: str) -> None:
    assert mime.parse(samples.raw(name)).subject == samples.EXPECTED[name]["subject"]


@pytest.mark.parametrize("name", samples.having("from"))
def test_the_sender_is_read(name: str) -> None:
    assert mime.parse(samples.raw(name)).sender.address == samples.EXPECTED[name]["from"]


@pytest.mark.parametrize("name", samples.having("attachments"))
def test_every_attachment_is_found(name: str) -> None:
    assert len(mime.parse(samples.raw(name)).attachments) == samples.EXPECTED[name]["attachments"]


@pytest.mark.parametrize("name", samples.having("files"))
def test_files_have_safe_readable_names(name: str) -> None:
    assert [file.filename for file in mime.parse(samples.raw(name)).attachments] == samples.EXPECTED[name]["files"]


@pytest.mark.parametrize("name", samples.having("protection"))
def test_signed_and_encrypted_mail_is_told_apart(name: str) -> None:
    assert mime.parse(samples.raw(name)).protection == samples.EXPECTED[name]["protection"]


@pytest.mark.parametrize("name", samples.having("text_has"))
def test_damaged_text_keeps_its_words(name: str) -> None:
    text = mime.parse(samples.raw(name)).text
    assert [words for words in samples.EXPECTED[name]["text_has"] if words not in text] == []


def test_an_invitation_is_said_in_one_line() -> None:
    parsed = mime.parse(samples.raw("odd-invitation"))
    assert parsed.calendar == samples.EXPECTED["odd-invitation"]["calendar"]


def test_an_image_shown_in_the_text_is_inline_and_keeps_its_cid() -> None:
    (image,) = mime.parse(samples.raw("odd-image-inline")).attachments
    assert (image.inline, image.content_id) == (True, "logo@x")


def test_a_file_in_an_attached_message_says_where_it_was() -> None:
    _, inside = mime.parse(samples.raw("odd-eml-joint")).attachments
    assert (inside.filename, inside.inside) == ("piece.pdf", "Fuite.eml")


def test_defects_are_named() -> None:
    assert "boundary missing or wrong" in mime.parse(samples.raw("odd-frontiere-fausse")).defects
    assert "too many parts" in mime.parse(samples.raw("odd-mille-parts")).defects
    assert "nested too deep" in mime.parse(samples.raw("odd-profond")).defects


def test_without_a_message_id_the_key_ignores_what_relays_add() -> None:
    direct = b"From: a@b.example\nSubject: x\n\nBonjour"
    relayed = b"Received: from x\n\tby y; now\n" + direct
    assert mime.parse(direct).dedupe_key == mime.parse(relayed).dedupe_key
    assert mime.parse(direct).dedupe_key != mime.parse(direct + b"!").dedupe_key


@pytest.mark.parametrize("name", [name for name in SMALL if name.startswith(("reply-", "auto-", "request-"))])
def test_sound_mail_is_read_as_the_standard_library_reads_it(name: str) -> None:
    raw = samples.raw(name)
    parsed, reference = mime.parse(raw), email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed.subject == str(reference["subject"])
    assert parsed.sender.address == reference["from"].addresses[0].addr_spec
    assert parsed.message_id == str(reference["message-id"]).strip("<>")
    body = reference.get_body(preferencelist=("plain",))
    if body is not None:
        assert parsed.text_plain.split() == body.get_content().split()


def read_to_the_end(raw: bytes) -> None:
    parsed = mime.parse(raw)
    assert not any(defect.startswith("unreadable") for defect in parsed.defects)
    verdict = mail_kinds.kind(parsed, ("accueil@saint-aubin.example",), "saint-aubin.example")
    reply = replies.visible(parsed)
    for text in (parsed.subject, parsed.text, parsed.html, reply.visible, reply.elided, verdict.reason):
        assert "\x00" not in text
        text.encode("utf-8")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.data())
def test_a_truncated_message_is_still_read(name: str, data: st.DataObject) -> None:
    raw = samples.raw(name)
    read_to_the_end(raw[: data.draw(st.integers(0, len(raw)))])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=30))
def test_a_message_with_flipped_bytes_is_still_read(name: str, flips: list[tuple[int, int]]) -> None:
    raw = bytearray(samples.raw(name))
    for place, byte in flips:
        if raw:
            raw[place % len(raw)] = byte
    read_to_the_end(bytes(raw))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.sampled_from(SMALL), st.integers(0, 40), st.integers(0, 40))
def test_a_message_with_swapped_lines_is_still_read(name: str, other: str, start: int, length: int) -> None:
    ours, theirs = samples.raw(name).split(b"\n"), samples.raw(other).split(b"\n")
    read_to_the_end(b"\n".join(ours[:start] + theirs[start : start + length] + ours[start:]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_still_a_message(raw: bytes) -> None:
    read_to_the_end(raw)
    read_to_the_end(b"Subject: x\nContent-Type: text/html; charset=utf-7\n\n" + raw)
    read_to_the_end(b'Content-Type: multipart/mixed; boundary="' + raw)
