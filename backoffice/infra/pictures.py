"""Pictures: how large one is, and the upright JPEG made from it, with nothing of what the camera wrote beside it."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageFile, ImageOps

from backoffice.domain.file_checks import PICTURES

# A picture of a few kilobytes can say that it has a billion points: no more than these are received, or decoded.
MOST_PIXELS = 89_000_000
MOST_DECODED_PIXELS = 50_000_000
# The longest side of what is made, in points.
PREVIEW_SIDE, THUMBNAIL_SIDE = 1600, 240
EMBLEM_SIZE = (1000, 500)
QUALITY, BARE_QUALITY = 82, 92

# A photo cut short on its way still shows its top. (WeasyPrint says the same for the whole process.)
ImageFile.LOAD_TRUNCATED_IMAGES = True

# What each type may be read as: a file is never tried as something that it was not recognised as.
_FORMATS = {kind: kind.removeprefix("image/").upper() for kind in PICTURES} | {"image/heic": "HEIF"}
_OUR_HEIF: list[bool] = []


class DamagedPicture(ValueError):
    """A picture whose beginning cannot be read."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """Two JPEG files made from one picture."""

    preview: bytes
    thumbnail: bytes


def measure(stream: BinaryIO, media_type: str) -> tuple[int, int]:
    """Width and height, from the first bytes only; raise DamagedPicture. The stream is left anywhere."""
    stream.seek(0)
    try:
        with _open(stream, media_type) as picture:
            return picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # Pillow's own limit, hardly beyond ours
        return MOST_PIXELS, MOST_PIXELS
    except Exception as fault:
        # A hostile picture makes a decoder fail in any way it likes: whatever it is, it cannot be read.
        raise DamagedPicture from fault


def make(content: bytes, media_type: str) -> Rendition | None:
    """A picture to look at, and its thumbnail; None when it cannot be decoded, or has too many points."""
    try:
        with _open(io.BytesIO(content), media_type) as picture:
            if picture.width * picture.height > MOST_DECODED_PIXELS:
                return None
            upright = _upright(picture)
    except Exception:  # noqa: BLE001 (as above: what cannot be decoded is shown as a file to download)
        return None
    return _rendition(upright)


def make_of_page(page: Image.Image) -> Rendition:
    """The same for a page that was drawn already."""
    return _rendition(_upright(page))


def _rendition(upright: Image.Image) -> Rendition:
    preview = _written(upright)
    upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Rendition(preview, _written(upright))


def make_bare(content: bytes, media_type: str) -> tuple[bytes, str] | None:
    """A picture as large as it came, upright, without what the camera wrote beside it (place, device), and its type.

    What no browser writes becomes a JPEG. None when it cannot be decoded, or has too many points.
    """
    try:
        with _open(io.BytesIO(content), media_type) as picture:
            if picture.width * picture.height > MOST_DECODED_PIXELS:
                return None
            kind = picture.format if picture.format in {"PNG", "WEBP"} else "JPEG"
            turned = ImageOps.exif_transpose(picture).convert("RGB" if kind == "JPEG" else "RGBA")
            bare = Image.new(turned.mode, turned.size)
            bare.paste(turned)
    except Exception:  # noqa: BLE001 (as above)
        return None
    out = io.BytesIO()
    bare.save(out, kind, quality=BARE_QUALITY)
    return out.getvalue(), f"image/{kind.lower()}"


def make_emblem(content: bytes, media_type: str) -> bytes | None:
    """A picture for the head of letters, as a PNG of points alone on white; None when it cannot be decoded."""
    try:
        with _open(io.BytesIO(content), media_type) as picture:
            if picture.width * picture.height > MOST_DECODED_PIXELS:
                return None
            upright = _upright(picture).convert("RGB")
    except Exception:  # noqa: BLE001 (as above)
        return None
    upright.thumbnail(EMBLEM_SIZE)
    out = io.BytesIO()
    upright.save(out, "PNG", optimize=True)
    return out.getvalue()


def _open(stream: BinaryIO, media_type: str) -> Image.Image:
    kind = _FORMATS[media_type]
    if kind == "HEIF" and not _OUR_HEIF:
        import pi_heif

        pi_heif.register_heif_opener()
        _OUR_HEIF.append(True)
    return Image.open(stream, formats=(kind,))


def _upright(picture: Image.Image) -> Image.Image:
    """The picture at its new size, turned as it was taken, on white, and bare: points only."""
    picture.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
    if picture.mode not in {"RGB", "L", "RGBA"}:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    turned = ImageOps.exif_transpose(picture)
    bare = Image.new("RGB", turned.size, "white")
    bare.paste(turned, mask=turned.getchannel("A") if turned.mode == "RGBA" else None)
    return bare


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
