"""Tell the lines that introduce a quoted message, in the words of the mail programs of some twenty-five languages."""

import re

_PLAIN = (
    *((blank, " ") for blank in "\u00a0\u202f\u2007\u2009\t"),
    *((invisible, "") for invisible in "\u200b\u200e\u200f\u2060\ufeff"),
    *((apostrophe, "'") for apostrophe in "\u2019\u2018\u02bc\u00b4`"),
    *((hyphen, "-") for hyphen in "\u2010\u2011"),
)
MONTHS = (
    r"(?:jan|f[ée]v|feb|mar|mrt|m[äa]r|avr|apr|abr|mai|may|mei|maj|maggio|juin|jun|giu|juil|jul|"
    r"lug|ao[uû]|aug|ago|sep|set|oct|okt|out|ott|nov|d[ée]c|dez|dic|des|gen|ene|cze|lip|sie|wrz|"
    r"pa[źz]|lis|gru|sty|lut|kwi|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)"
)
DATED = re.compile(
    rf"\b\d{{1,2}}(?:\s?[:.h]\s?\d{{2}})|\b(?:19|20)\d\d\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|"
    rf"\b\d{{1,2}}(?:er|\.|\s?de)?\s+{MONTHS}|{MONTHS}\w*\.?\s+\d{{1,2}}\b|\S@\S|\d年",
    re.IGNORECASE,
)
# « Prénom : Jeanne » just above « De : Lyon »: a sheet filled in by hand, for programs leave a blank or a rule there.
_FORM_LINE = re.compile(r"^\s*[^\W\d_][^:>@]{1,40}:\s*\S")
_HOUR = re.compile(r"\d\s?[:.h]\s?\d\d")
_RFC_DATE = re.compile(r"\b\d{1,2}\s\w{3}\s\d{4}\s\d\d:\d\d:\d\d\s[+-]\d{4}")
_LABELS = {
    "from": (
        r"de(?:\s+la\s+part\s+de)?|from|von|da|van|fr[åa]n|fra|l[äa]hett[äa]j[äa]|od|от(?:\s+кого)?|expéditeur|"
        r"exp[ée]diteur|remitente|mittente|desde|absender|afzender|差出人|发件人|寄件者|寄件人|보낸\s?사람|feladó|"
        r"de\s+la|from\s+name|kimden|gönderen|von\s*/from|från|avsändare|送信者|αποστολέας|de\s*/\s*from"
    ),
    "sent": (
        r"envoy[ée]e?(?:\s+le)?|date(?:\s+d'envoi)?|sent|sent\s+on|gesendet(?:\s+am)?|datum|"
        r"date\s+sent|enviad[oa](?:\s+el|\s+em)?|enviat|fecha|data|inviato|verzonden|skickat|sendt|"
        r"dato|l[äa]hetetty|p[äa]iv[äa]m[äa][äa]r[äa]|wys[łl]ano|odesl[áa]no|дата|отправлено|送信日時|日時|"
        r"发送时间|發送時間|寄件日期|日期|보낸\s?날짜|elküldve|dátum|trimis|gönderim|tarih|le|ημερομηνία|reçu(?:\s+le)?"
    ),
    "to": (
        r"à|a|to|an|para|per|naar|aan|till|til|vastaanottaja|kenelle|do|komu|кому|宛先|收件人|收件者|받는\s?사람|"
        r"címzett|către|kime|alıcı|pour|destinataires?|destinatario|emp?f[äa]nger|προς"
    ),
    "cc": (
        r"cc|cci|bcc|copie(?:\s+[àa])?|copia|kopie(?:\s+an)?|ccn|kopi[ae]?|копия|抄送|副本|参조|참조|másolat|"
        r"reply-to|r[ée]pondre\s+[àa]|antwort\s+an|importance|priorit[ée]|pi[èe]ces?\s+jointes?|"
        r"attachments?|anlagen?|organi[sz]ation|newsgroups|message-id"
    ),
    "subject": (
        r"objet|sujet|subject|betreff|asunto|assunto|oggetto|onderwerp|[äa]mne|emne|aihe|temat|"
        r"p[řr]edm[ěe]t|тема|件名|主题|主題|主旨|제목|tárgy|subiect|konu|assumpte|re|θέμα|obj"
    ),
}
_LABEL = re.compile(
    r"^[\s>|]*+[*_]{0,3}\s*+(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")\s*+[*_]{0,3}\s*+[:：]\s*+[*_]{0,3}(?P<value>.*)$",
    re.IGNORECASE,
)
_LABELS_ON_ONE_LINE = re.compile(
    r"^[\s>]*\*{0,2}(?:de|from|von|da|van)\s*:\*{0,2}\s.{3,200}\s\*{0,2}(?:envoy[ée](?:\s+le)?|"
    r"date|sent|gesendet|inviato|enviado(?:\s+el)?|verzonden)\s*:.{3,200}\s\*{0,2}(?:à|to|an|a|"
    r"para|aan|objet|subject|betreff)\s*:",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"""^[\s>|]*+[*_#]{0,2}(?:[-_=–—]{1,}+(?=\s)|[-_=–—]{2,}+|[-_=]\s(?:[-_=]\s){2,})\s*[*_]{0,2}\s*(?:
      (?:original|initial|source|reply)\s+(?:message|mail|e-?mail|appointment)
    | (?:message|mail|e-?mail|courriel|courrier)\s+(?:d'origine|original|initial|originel
      |pr[ée]c[ée]dent) | message\s+de\s.{2,80} | r[ée]ponse\s+[àa].{0,80} | rendez-vous\s+d'origine
    | (?:urspr[üu]ngliche|antwort)\s+(?:nachricht|mail) | original-?nachricht | originalnachricht
    | mensaje\s+original | correo\s+original | mensagem\s+original | messaggio\s+original[e]?
    | missatge\s+original | oorspronkelijk(?:e)?\s+bericht | origineel\s+bericht
    | oprindelig\s+(?:meddelelse|besked|e-?mail) | original\s+meddelelse
    | ursprungligt\s+meddelande | originalmeddelande | opprinnelig\s+melding | opprinnelig\s+beskjed
    | alkuper[äa]inen\s+viesti | (?:wiadomo[śs][ćc]\s+oryginalna|oryginalna\s+wiadomo[śs][ćc])
    | p[ůu]vodn[íi]\s+(?:zpr[áa]va|e-?mail) | eredeti\s+[üu]zenet | mesaj\s+original
    | orijinal\s+(?:mesaj|ileti)
    | .{0,60}\babove\s+this\s+line.{0,40} | .{0,60}\bau[- ]dessus\s+de\s+cette\s+ligne.{0,40}
    | исходное\s+сообщение | оригинальное\s+сообщение
    | 原始(?:邮件|郵件) | 元のメッセージ | 원본\s?(?:메시지|메일) | original
    )\s*+[*_]{0,2}\s*+[-_=–—\s>#]*+$""",
    re.IGNORECASE | re.VERBOSE,
)
_ORANGE = re.compile(r"^[\s>|]*message\s+du\s*:?\s+\d{1,2}/\d{1,2}/\d{2,4}\b.{0,20}$", re.IGNORECASE)
_BARE_SEPARATOR = re.compile(
    r"^[\s>|]*(?:(?:message|courriel|e-?mail)\s+d'origine|(?:mail|courriel|message)\s+original|original\s+message|"
    r"ursprüngliche\s+nachricht)\s*:?\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"""^[\s>|]*(?:[-_=]{2,}+\s*(?:forwarded\s+(?:message|by)|message\s+(?:transf[ée]r[ée]|transmis
      |r[ée]exp[ée]di[ée]|suivi)|courriel\s+transf[ée]r[ée]|mail\s+transf[ée]r[ée]
      |weitergeleitete\s+nachricht|mensaje\s+reenviado|mensagem\s+encaminhada|messaggio\s+inoltrato
      |doorgestuurd\s+bericht|пересылаемое\s+сообщение|vidarebefordrat\s+meddelande
      |videresendt\s+melding|轉寄郵件|转发邮件|転送メッセージ).*
    |begin\s+forwarded\s+message\s*:|d[ée]but\s+du\s+message\s+(?:r[ée]exp[ée]di[ée]
      |transf[ée]r[ée])\s*:|anfang\s+der\s+weitergeleiteten\s+(?:nachricht|e-?mail)\s*:
      |inicio\s+del\s+mensaje\s+reenviado\s*:|inizio\s+messaggio\s+inoltrato\s*:)\s*+[-_=]*+\s*+$""",
    re.IGNORECASE | re.VERBOSE,
)
_GROUPWISE = re.compile(r"^\s*>>>\s.{2,120}\d{1,2}[:.h]\d\d.{0,6}>>>\s*$")
RULE = re.compile(r"^[\s>|]*[_\u2500\u2014-]{10,}\s*$")
_QUOTED = re.compile(r"^\s{0,3}[>|\uff1e]|^\s{0,3}&gt;")
_SEPARATOR_LIMIT = 400
_HEADER_WINDOW = 12


def flatten(text: str) -> str:
    """The text with plain blanks and apostrophes, line for line, for comparison only."""
    for letter, plain in _PLAIN:
        if letter in text:
            text = text.replace(letter, plain)
    return text


def is_quoted(line: str) -> bool:
    """True for a line that its writer's program marked as quoted (« > »)."""
    return _QUOTED.match(line) is not None and _GROUPWISE.match(line) is None


def is_separator(line: str) -> bool:
    """True for « ----- Message d'origine ----- » and its cousins (line already flat)."""
    return len(line) <= _SEPARATOR_LIMIT and any(
        form.match(line) for form in (_SEPARATOR, _ORANGE, _BARE_SEPARATOR, _GROUPWISE)
    )


def is_forward(line: str) -> bool:
    """True for « ---------- Message transféré ---------- » and its cousins (line already flat)."""
    return _FORWARD.match(line) is not None


def find_header_block(lines: list[str], start: int) -> int | None:
    """Number of lines of the « De : / Envoyé : / À : / Objet : » block that begins at `start`, or None (flat lines)."""
    first = _LABEL.match(lines[start]) if ":" in lines[start][:40] or "：" in lines[start][:40] else None
    if first is None or first.lastgroup is None:
        return None
    if _LABELS_ON_ONE_LINE.match(lines[start]):
        return 1
    seen, last, misses = dict[str, str](), start, 0
    for place in range(start, min(start + _HEADER_WINDOW, len(lines))):
        label = _LABEL.match(lines[place])
        if label is None:
            misses = 0 if not lines[place].strip() and misses == 0 else misses + 1
            if misses > 2 or (not lines[place].strip() and len(seen) >= 4):
                break
            continue
        name = next(key for key in _LABELS if label.group(key) is not None)
        if name in seen and name != "cc":
            break
        seen[name], last, misses = label.group("value"), place, 0
    if not _is_header_block(seen) or (_is_without_hour(seen) and start and _FORM_LINE.match(lines[start - 1])):
        return None
    return last - start + 1


def _is_without_hour(seen: dict[str, str]) -> bool:
    """True when neither an address nor an hour shows that a program wrote these lines."""
    return _HOUR.search(seen.get("sent", "")) is None and not any("@" in value for value in seen.values())


def _is_header_block(seen: dict[str, str]) -> bool:
    sent = seen.get("sent", "")
    if "from" not in seen:  # « Date: Wed, 16 May 2012 00:15:02 -0600 » above « To: … »
        return _RFC_DATE.search(sent) is not None and "@" in seen.get("to", "")
    if len(seen.keys() - {"cc"}) < 2 or not seen["from"].strip(" *_"):
        return False
    has_address = any("@" in value for value in seen.values())
    has_date = DATED.search(sent) is not None
    if has_address:
        return has_date or len(seen) >= 3
    # A form filled in by hand also says « De : », « À : », « Date : »: programs give the hour, or the subject.
    return len(seen) >= 3 and has_date and (_HOUR.search(sent) is not None or "subject" in seen)
