"""Tell the lines that introduce a quoted message, in the words of the mail programs of some twenty-five languages."""

import re
from itertools import pairwise

_PLAIN = (
    *((blank, " ") for blank in "\u00a0\u202f\u2007\u2009\t"),
    *((invisible, "") for invisible in "\u200b\u200e\u200f\u2060\ufeff"),
    *((apostrophe, "'") for apostrophe in "\u2019\u2018\u02bc\u00b4`"),
    *((hyphen, "-") for hyphen in "\u2010\u2011"),
)
_MAY_ANNOUNCE_FIRST = ("-", "#", "_", "=", "*", "–", "—", "message", "mail", "original", "ursp")

_MONTHS = (
    r"(?:jan|f[ée]v|feb|mar|mrt|m[äa]r|avr|apr|abr|mai|may|mei|maj|maggio|juin|jun|giu|juil|jul|"
    r"lug|ao[uû]|aug|ago|sep|set|oct|okt|out|ott|nov|d[ée]c|dez|dic|des|gen|ene|cze|lip|sie|wrz|"
    r"pa[źz]|lis|gru|sty|lut|kwi|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)"
)
_DATED = re.compile(
    rf"\b\d{{1,2}}(?:\s?[:.h]\s?\d{{2}})|\b(?:19|20)\d\d\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|"
    rf"\b\d{{1,2}}(?:er|\.|\s?de)?\s+{_MONTHS}|{_MONTHS}\w*\.?\s+\d{{1,2}}\b|\S@\S|\d年",
    re.IGNORECASE,
)
# A day and an hour, as programs write them: « 04.03.2025 09:41 », « 09:41 de 04/03/2025 », « 4 mars 2025 à 09:41 ».
_TIMED = re.compile(
    rf"(?:\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\b\d{{1,2}}\.?\s(?:de\s)?{_MONTHS}\w*\.?\s(?:de\s)?\d{{4}}).{{1,12}}\b\d{{1,2}}[:h]\d\d"
    rf"|\b\d{{1,2}}[:h]\d\d.{{1,12}}\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\d\s?[:.h]\s?\d\d")
_RFC_DATE = re.compile(r"\b\d{1,2}\s\w{3}\s\d{4}\s\d\d:\d\d:\d\d\s[+-]\d{4}")
# The verb that closes an attribution, at the end of its (unfolded) line.
_WROTE_END = re.compile(
    r"""(?:\b(?:a\s+[ée]crit | a\s+r[ée]pondu | avez?\s+[ée]crit | [ée]crit | wrote | writes | said
    | escribi[óo] | escribi[óo]\s+lo\s+siguiente | ha\s+escrito | escreveu | ha\s+scritto | scrive
    | scrisse | schreef(?:\s+het\s+volgende)? | schrieb(?:en)?(?:\s+folgendes)?
    | hat\s+(?:am\s+.{5,60}\s+)?(?:folgendes\s+)?geschrieben
    | skrev(?:\s+f[øö]lgende)? | kirjoitti | napisa[łl]\(?a?\)? | napisa[łl] | pisze | napsala?\(?a?\)?
    | nap[íi]sal\(?a?\)? | [íi]rta | a\s+scris | va\s+escriure | escreu | yazd[ıi] | έγραψε
    | rakst[īi]ja | kirjutas | ra[šs][ėe] | je\s+napisa[ol] | đã\s+viết )(?!\w)\.?
    | написала?\(?а?\)? | пише[тш]? | написав | 写道 | 寫道
    | 작성 | 님이\s+작성 | のメール | は書きました | wrote | כתבה?
    | כתב | كتبت? | menulis)\s*[:：]?\s*\*{0,2}_?\s*-{0,6}\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# Attributions whose verb stands before the name, or that have no verb at all.
_WROTE_INSIDE = re.compile(
    r"""^\W{0,3}(?:
      am\s.{4,80}\sschrieb\b.{1,160}: | am\s.{4,80}\shat\s.{1,120}\sgeschrieben\s*:
    | op\s.{4,80}\s(?:schreef|heeft)\b.{1,160}: | den\s.{4,80}\sskrev\b.{1,160}:
    | (?:ma|ti|on|to|fr|l[øö]|s[øö]|man|tir|ons|tor|fre|l[øö]r|s[øö]n|mån|tis
      |tors)\w*\.?\s.{4,80}\sskrev\b.{1,160}: | \d.{4,60}\sskrev\b.{1,160}:
    | on\s.{4,90}\s(?:wrote\b.{0,10}|sent\s?): | dne\s.{4,60}\s(?:napsal|ode[sš]).{0,160}:
    | w\s+dniu\s.{4,80}(?:napisa|pisze).{0,120}: | \d{4}[-/.年].{4,70}<\s?\S+@\S+>\s*[:：]
    | .{0,6}\d{1,2}\.?\s\S+\.?\s\d{4}.{2,20}<\s?\S+@\S+>\s*:
    | (?:quoting|citando(?:\s+a)?|zitat\s+von|selon|citat\s+(?:av|fra)|citeren)\s.{2,120}:
    | (?:在|于)\s?\d{4}.{4,120}[:：] | (?:le|on|am|el|il|em|op)\s.{10,60}\d{4}.{0,40}<\s?\S+@\S+>\s*:
    | en\s+r[ée]ponse\s+à\s.{3,120}: | in\s+(?:article|message|reply\s+to)\s.{3,160}(?:wrote|writes)?\s*:
    | .{2,120}\sa\s[ée]crit\s(?:le\s)?.{0,20}\d.{4,60}: | .{2,120}\sschrieb\s(?:am|um)\s.{4,60}:
    | .{2,120}\swrote\s(?:on|at)\s.{4,60}:
    | .{2,120}\s(?:ha\s+scritto|escribi[óo]|schreef|skrev)\s(?:il|el|op|den)\s.{4,60}:
    | .{2,120}\s(?:a\s[ée]crit|wrote|schrieb|escribi[óo]|escreveu|ha\s+scritto|schreef)\s\(.{0,40}\d.{4,60}\)\s*:
    | \*\s.{2,80}<\S+@\S+>\s\[.{6,40}\]\s*:
    | .{0,40}\d.{4,80}<\s?\S+@\S+>\s*: | from\s.{2,80}\son\s\d.{4,40}:
    | .{2,80}\skirjoitti\s\d.{4,40}: | .{2,80}<\s?\S+@\S+>\s+ezt\s+írta.{0,60}:
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTION_START = re.compile(
    r"^\W{0,6}(?:le|on|am|el|il|em|op|den|dne|w\s+dniu|na|o|в|la|a|pe|kl|quoting|selon|citando|"
    r"zitat|in|at|quando|dana|\d{1,4}|lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun|вт|"
    r"пн|ср|чт|пт|сб|вс|在|于|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|"
    r"mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miércoles|jueves|viernes|sábado|"
    r"domingo)\b",
    re.IGNORECASE,
)
# The start of an attribution that needs nothing above it: the line before it may be a name or a telephone number.
_SURE_START = re.compile(
    r"^\W{0,6}(?:le|on|am|el|il|em|op|den)\s(?:[^\d\s,]{2,12}[.,]{0,2}\s){0,2}(?:\d|" + _MONTHS + r"\w*\.?\s\d)",
    re.IGNORECASE,
)
# Yahoo on a telephone goes on, after « a écrit : », with the quoted text on the same line.
_WITH_TEXT = re.compile(
    r"^\W{0,3}(?:le|on|am|el|il|em)\s.{8,80}\d{1,2}[:h]\d\d.{0,6}\s.{1,80}<\S+@\S+>\s*"
    r"(?:a\s+[ée]crit|wrote|schrieb|escribi[óo]|ha\s+scritto|escreveu)\s*:\s\s+\S",
    re.IGNORECASE,
)
# « 2009/5/12 Name <address> », which only the quotation below makes an announcement.
_OLD_GMAIL = re.compile(r"^\d{4}[/-]\d{1,2}[/-]\d{1,2}\s.{2,80}<\S+@\S+>$")
# A person telling what somebody wrote, rather than a program announcing a quotation.
_TOLD = re.compile(
    r"\b(?:m|t|s|l|leur|lui|nous|vous|me|te|se|y|en)[' ]\s*(?:a|ont|avez|avait|"
    r"aurait)\s+[ée]crit\b|\b(?:he|she|they|you|who|i|that)\s+wrote\b|\bqui\s+a\s+[ée]crit\b",
    re.IGNORECASE,
)

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
    | (?:please\s+)?(?:(?:type|write|enter)\s+your\s+)?reply\s+above\s+this\s+line.{0,40}
    | .{0,20}r[ée]pond(?:re|ez)\s+au[- ]dessus\s+de\s+cette\s+ligne.{0,40}
    | исходное\s+сообщение | оригинальное\s+сообщение
    | 原始(?:邮件|郵件) | 元のメッセージ | 원본\s?(?:메시지|메일) | original
    )\s*+[*_]{0,2}\s*+[-_=–—\s>#]*+$""",
    re.IGNORECASE | re.VERBOSE,
)
_ORANGE = re.compile(r"^[\s>|]*message\s+du\s*:?\s+\d{1,2}/\d{1,2}/\d{2,4}\b.{0,20}$", re.IGNORECASE)
_BARE_SEPARATOR = re.compile(
    r"^[\s>|]*(?:message\s+d'origine|mail\s+original|original\s+message|message\s+original|"
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
_INNER = re.compile(
    r"(?<=[^\s>-])-{0,3}[ \u00a0]++(?=(?:Le|On)\s(?:\w{2,9}[.,]{1,2}\s)?(?:\w{3,9}\s)?\d"
    r"[^\n]{10,60}\d{1,2}[:h]\d\d[^\n]{0,60}"
    r"(?:[^\s@]@[^\n]{2,80}\s(?:a\s[ée]crit|wrote)\s?:|\s<)[ \t]*$)",
    re.MULTILINE,
)
_GROUPWISE = re.compile(r"^\s*>>>\s.{2,120}\d{1,2}[:.h]\d\d.{0,6}>>>\s*$")
RULE = re.compile(r"^[\s>|]*[_\u2500\u2014-]{10,}\s*$")
_QUOTED = re.compile(r"^\s{0,3}[>|\uff1e]|^\s{0,3}&gt;")
ATTRIBUTION_LINES = 5  # lines over which programs fold « Le …, … a écrit : »
_FOLD_LIMIT = 160  # letters of a line that a program may still have folded
_ATTRIBUTION_LIMIT = 400
_HEADER_WINDOW = 12


def flatten(text: str) -> str:
    """The text with plain blanks and apostrophes, line for line, for comparison only."""
    for letter, plain in _PLAIN:
        if letter in text:
            text = text.replace(letter, plain)
    return text


def part_announcements(text: str) -> str:
    """The text with « Merci Le 4 mars 2025 à 09:41, Nadia <n@b.fr> a écrit : » on two lines, as its writer meant it."""
    return _INNER.sub("\n", text) if "wrote:" in text or "écrit" in text else text


def may_announce(line: str) -> bool:
    """A quick look at a flat line: False when it can neither be nor begin the announcement of a quotation."""
    if ":" in line or "：" in line or ("@" in line and len(line) <= _FOLD_LIMIT):
        return True
    start = line.strip(" |>").lower()
    return start.startswith(_MAY_ANNOUNCE_FIRST) or (
        len(line) <= _FOLD_LIMIT and _ATTRIBUTION_START.match(line) is not None
    )


def is_quoted(line: str) -> bool:
    """True for a line that its writer's program marked as quoted (« > »)."""
    return _QUOTED.match(line) is not None and _GROUPWISE.match(line) is None


def is_separator(line: str) -> bool:
    """True for « ----- Message d'origine ----- » and its cousins (line already flat)."""
    start = line[:_ATTRIBUTION_LIMIT]
    if len(line) > _ATTRIBUTION_LIMIT:
        return _WITH_TEXT.match(start) is not None
    return any(form.match(start) for form in (_SEPARATOR, _ORANGE, _BARE_SEPARATOR, _GROUPWISE, _WITH_TEXT))


def is_forward(line: str) -> bool:
    """True for « ---------- Message transféré ---------- » and its cousins (line already flat)."""
    return _FORWARD.match(line) is not None


def find_attribution(lines: list[str], start: int, *, is_before_quote: bool = False) -> int | None:
    """Number of lines of the attribution that begins at `start`, or None. Lines are flat, `>` marks taken off.

    Without `>` lines below it, an attribution must hold a date or an address, and not be a person's telling.
    """
    joined, may_fold = "", False
    for count in range(1, min(ATTRIBUTION_LINES, len(lines) - start) + 1):
        line = lines[start + count - 1].strip()
        if not line:
            return None
        joined = f"{joined} {line}" if joined else line
        if len(joined) > _ATTRIBUTION_LIMIT:
            return None
        if count == 1:
            may_fold = len(line) <= _FOLD_LIMIT
        if _may_announce(joined) and (_WROTE_END.search(joined) or _WROTE_INSIDE.match(joined)):
            if not _is_one_sentence(lines[start : start + count]):
                return None  # what stands above belongs to the message: the attribution begins further down
            return (
                count
                if _is_announcement(joined, is_before_quote=is_before_quote or _quote_follows(lines, start + count))
                else None
            )
        if _OLD_GMAIL.match(joined) and _quote_follows(lines, start + count):
            return count
        if not may_fold:
            return None
    return None


def _begins_attribution(line: str) -> bool:
    """True for « Le 4 mars », « On Tue 4 », « 2009/5/12 »; a telephone number above an attribution is no part of it."""
    found = _ATTRIBUTION_START.match(line)
    if found is None:
        return False
    return _DATED.match(line.lstrip(" >*")) is not None if found[0][-1:].isdigit() else any(map(str.isdigit, line))


def _is_one_sentence(folded: list[str]) -> bool:
    """True when a program folded these lines: none but the first begins an attribution, and no next word had room."""
    if any(_SURE_START.match(line.strip()) for line in folded[1:]):
        return False
    width = max(len(line.rstrip()) for line in folded)
    has_room = any(
        len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) <= width for line, following in pairwise(folded)
    )
    return not has_room or _begins_attribution(folded[0])


def _may_announce(joined: str) -> bool:
    end = joined.rstrip(" *_.-")
    return end.endswith((":", "：", "crit", "wrote", "のメール"))


def _quote_follows(lines: list[str], place: int) -> bool:
    for line in lines[place : place + 3]:
        if line.strip():
            return is_quoted(line)
    return False


def _is_announcement(joined: str, *, is_before_quote: bool) -> bool:
    is_told, is_dated = _TOLD.search(joined) is not None, _DATED.search(joined) is not None
    if is_before_quote:
        return is_dated or not is_told
    if is_told or not is_dated:
        return False
    if "@" in joined:
        return True
    is_closed = joined.rstrip(" *_")[-1:] in ":：" or (joined.startswith("--") and joined.endswith("--"))
    is_begun = _ATTRIBUTION_START.match(joined) is not None or _TIMED.search(joined) is not None
    return is_closed and is_begun and len(joined) < 200


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
    if not _is_header_block(seen):
        return None
    return last - start + 1


def _is_header_block(seen: dict[str, str]) -> bool:
    sent = seen.get("sent", "")
    if "from" not in seen:  # « Date: Wed, 16 May 2012 00:15:02 -0600 » above « To: … »
        return _RFC_DATE.search(sent) is not None and "@" in seen.get("to", "")
    if len(seen.keys() - {"cc"}) < 2 or not seen["from"].strip(" *_"):
        return False
    has_address = any("@" in value for value in seen.values())
    has_date = _DATED.search(sent) is not None
    if has_address:
        return has_date or len(seen) >= 3
    # A form filled in by hand also says « De : », « À : », « Date : »: programs give the hour, or the subject.
    return len(seen) >= 3 and has_date and (_HOUR.search(sent) is not None or "subject" in seen)
