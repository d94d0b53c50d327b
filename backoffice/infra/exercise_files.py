"""Files that stand for real ones in a copy for training: of the same kind, each different, with nothing in them."""

from io import BytesIO


def make(number: int, media_type: str) -> bytes:
    """A picture, a PDF, a mail or a text that says its number."""
    said = f"Fichier d’exercice n° {number}"
    if media_type == "application/pdf":
        return _pdf(said)
    if media_type.startswith("image/"):
        return _picture(number, "JPEG" if media_type == "image/jpeg" else "PNG")
    if media_type == "message/rfc822":
        head = "From: exercice@courriel.example\r\nTo: exercice@courriel.example\r\n"
        return f"{head}Message-ID: <exercice-{number}@courriel.example>\r\nSubject: Exercice\r\n\r\n{said}\r\n".encode()
    return f"{said}\n".encode()


def _pdf(said: str) -> bytes:
    import pikepdf  # noqa: PLC0415 (of use to this command alone)

    target = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = said
        document.save(target, deterministic_id=True)
    return target.getvalue()


def _picture(number: int, kind: str) -> bytes:
    from PIL import Image  # noqa: PLC0415 (the same)

    target = BytesIO()
    shade = (number * 37 % 256, number * 59 % 256, number * 83 % 256)
    Image.new("RGB", (320 + number % 64, 240 + number // 64 % 64), shade).save(target, kind)
    return target.getvalue()
