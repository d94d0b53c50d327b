"""Take the message out of an opaque S/MIME signature (smime.p7m) without checking it."""

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_OCTET_STRING, _CONSTRUCTED = 0x04, 0x20


def find_signed_content(envelope: bytes) -> bytes | None:
    """The signed bytes of a CMS SignedData (RFC 5652 §5), or None when it is encrypted, detached or damaged."""
    if _SIGNED_DATA not in envelope[:64]:
        return None
    place = envelope.find(_DATA)
    if place == -1:
        return None
    try:
        start, _, _ = _open_tag(envelope, place + len(_DATA))
        return _octets(envelope, start)
    except (IndexError, ValueError):
        return None


def _open_tag(der: bytes, place: int) -> tuple[int, int, int]:
    """(start of the content, its end or -1 when indefinite, tag) of the element at `place`."""
    tag, length, start = der[place], der[place + 1], place + 2
    if length == 0x80:
        return start, -1, tag
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    if start + length > len(der):
        raise ValueError("truncated")
    return start, start + length, tag


def _octets(der: bytes, place: int) -> bytes:
    start, end, tag = _open_tag(der, place)
    if tag == _OCTET_STRING:
        return der[start:end]
    if tag != _OCTET_STRING | _CONSTRUCTED:
        raise ValueError("not an octet string")
    pieces, place = [], start
    while (end == -1 and der[place : place + 2] != b"\0\0") or place < end:
        piece_start, piece_end, piece_tag = _open_tag(der, place)
        if piece_tag != _OCTET_STRING:
            raise ValueError("not an octet string")
        pieces.append(der[piece_start:piece_end])
        place = piece_end
    return b"".join(pieces)
