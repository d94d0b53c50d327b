"""Tell the sentences that introduce a quotation (« Le …, … a écrit : ») in some twenty-five languages."""

import re
from itertools import pairwise

from channels.quote_marks import DATED, MONTHS, is_quoted

# A day and an hour, as programs write them: « 04.03.2025 09:41 », « 09:41 de 04/03/2025 », « 4 mars 2025 à 09:41 ».
_TIMED = re.compile(
    rf"(?:\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\b\d{{1,2}}\.?\s(?:de\s)?{MONTHS}\w*\.?\s(?:de\s)?\d{{4}}).{{1,12}}\b\d{{1,2}}[:h]\d\d"
    rf"|\b\d{{1,2}}[:h]\d\d.{{1,12}}\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}",
    re.IGNORECASE,
)
# « …m’a dit de revenir. » ends a sentence, « févr. » and « M. » do not.
_SENTENCE_END = re.compile(r"[^\W\d_]{5,}[.!?]\s*$")
_HOUR = re.compile(r"\b\d{1,2}\s?[:h]\s?\d{2}\b")
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
    | (?:\d{1,2}\.?\s\w{3,10}\.?|\w{3,10}\.?\s\d{1,2},?)\s\d{4}.{1,6}\d\d:\d\d\s(?:de|par|by|von|da|door)\s\S+@\S+\s*:
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
    r"^\W{0,6}(?:le|on|am|el|il|em|op|den)\s(?:[^\d\s,]{2,12}[.,]{0,2}\s){0,2}(?:\d|" + MONTHS + r"\w*\.?\s\d)",
    re.IGNORECASE,
)
# Yahoo on a telephone goes on, after « a écrit : », with the quoted text on the same line.
_WITH_TEXT = re.compile(
    r"^\W{0,3}(?:le|on|am|el|il|em)\s.{8,80}\d{1,2}[:h]\d\d.{0,6}\s.{1,80}<\S+@\S+>\s*"
    r"(?:a\s+[ée]crit|wrote|schrieb|escribi[óo]|ha\s+scritto|escreveu)\s*:\s\s+\S",
    re.IGNORECASE,
)
# « 2009/5/12 Name <address> », « Name address – 12 mai 2026 09:41 »: only the quotation below makes them announcements.
_BARE = re.compile(
    r"^(?:\d{4}[/-]\d{1,2}[/-]\d{1,2}\s.{2,80}<\S+@\S+>|.{2,80}@\S+\s[–—-]\s(?=.{0,12}\d).{6,40}\d{1,2}[:h]\d\d)$"
)
# A person telling what somebody wrote, rather than a program announcing a quotation.
_TOLD = re.compile(
    r"\b(?:m|t|s|l|leur|lui|nous|vous|me|te|se|y|en)[' ]\s*(?:a|ont|avez|avait|"
    r"aurait)\s+[ée]crit\b|\b(?:he|she|they|you|who|i|that)\s+wrote\b|\bqui\s+a\s+[ée]crit\b",
    re.IGNORECASE,
)
_INNER = re.compile(
    r"(?<=[^\s>-])-{0,3}[ \u00a0]++(?=(?:Le|On)\s(?:\w{2,9}[.,]{1,2}\s)?(?:\w{3,9}\s)?\d"
    r"[^\n]{10,60}\d{1,2}[:h]\d\d[^\n]{0,60}"
    r"(?:[^\s@]@[^\n]{2,80}\s(?:a\s[ée]crit|wrote)\s?:|\s<)[ \t]*$)",
    re.MULTILINE,
)
ATTRIBUTION_LINES = 5  # lines over which programs fold « Le …, … a écrit : »
_FOLD_LIMIT = 160  # letters of a line that a program may still have folded
_ATTRIBUTION_LIMIT = 400
_MAY_ANNOUNCE_FIRST = ("-", "#", "_", "=", "*", "–", "—", "message", "mail", "original", "ursp")


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
        if _BARE.match(joined) and _quote_follows(lines, start + count):
            return count
        if not may_fold:
            return None
    return None


def is_followed_by_text(line: str) -> bool:
    """True for an attribution whose quotation begins on the same line (already flat)."""
    return _WITH_TEXT.match(line[:_ATTRIBUTION_LIMIT]) is not None


def _begins_attribution(line: str) -> bool:
    """True for « Le 4 mars », « On Tue 4 », « 2009/5/12 »; a telephone number above an attribution is no part of it."""
    found = _ATTRIBUTION_START.match(line)
    if found is None:
        return False
    return DATED.match(line.lstrip(" >*")) is not None if found[0][-1:].isdigit() else any(map(str.isdigit, line))


def _is_one_sentence(folded: list[str]) -> bool:
    """True when a program folded these lines: none but the first begins an attribution, and no next word had room."""
    if any(_SURE_START.match(line.strip()) for line in folded[1:]):
        return False
    if any(_SENTENCE_END.search(line) and below.strip()[:1].isupper() for line, below in pairwise(folded)):
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
    is_told, is_dated = _TOLD.search(joined) is not None, DATED.search(joined) is not None
    if is_before_quote:
        return is_dated or not is_told
    if is_told or not is_dated:
        return False
    if "@" in joined:
        return True
    if DATED.search(_HOUR.sub(" ", joined)) is None:
        return False  # « Le lendemain à 9:00, Mme Petit a écrit : »: programs name the day
    is_closed = joined.rstrip(" *_")[-1:] in ":：" or (joined.startswith("--") and joined.endswith("--"))
    is_begun = _ATTRIBUTION_START.match(joined) is not None or _TIMED.search(joined) is not None
    return is_closed and is_begun and len(joined) < 200
