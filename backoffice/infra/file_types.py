"""What a file is, by its bytes: the name and the sender's word count for nothing."""

import magic

SNIFFED_BYTES = 64 * 1024
UNKNOWN = "application/octet-stream"


def sniff(content: bytes) -> str:
    """The media type of these bytes, `application/octet-stream` when they say nothing."""
    if not content:
        return UNKNOWN
    found = str(magic.from_buffer(content[:SNIFFED_BYTES], mime=True))
    return found[:255] if "/" in found else UNKNOWN
