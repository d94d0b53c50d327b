"""Find where a text stops being the message: signature mark, phone's advertisement, legal notice, list footer."""

import re

from channels.quote_marks import flatten

_MARK = re.compile(r"^\s{0,2}(?:--|—|––|-- ?\*?)\s*$")
_PHONE = re.compile(
    r"""^\W{0,4}(?:
      (?:(?:ce\s+)?(?:e-?mail|mail|message|courriel)\s+(?:a\s+[ée]t[ée]\s+)?)?envoy[ée]e?\s+(?:de|depuis|d'
      |à\s+partir\s+(?:de|d'|du)|à\s+l'aide\s+d(?:e|u|')|par|avec|via|gr[âa]ce|sur)\s*(?:un\s+|une\s+|mon\s+|ma\s+|mes\s+|l'|la\s+|le\s+)?(?:\w+\s+){0,2}?(?:iphone
      |ipad|ipod|mobile|smartphone|t[ée]l[ée]phone|tablette|samsung|galaxy|android|blackberry|huawei
      |xiaomi|redmi|honor|oppo|oneplus|sony|xperia|nokia|windows|outlook|yahoo|gmail|proton|la\s+poste
      |laposte|orange|sfr|free|bouygues|mail|courrier|application|appareil|portable|bluemail|bluemail
      |zimbra|mailo|tutanota|infomaniak|k-9|webmail|thunderbird|workspace|my\s?mail|aquamail|spark
      |edison|lg|htc|motorola|wiko|asus|pixel|ios)\b.{0,80}
    | (?:t[ée]l[ée]charge[rz]|obten(?:ir|ez))\s+(?:\w+\s+){1,2}pour\s+(?:ios|android|iphone|windows|mac)\b.{0,40}
    | (?:obtener|obter\s+o|scarica|ottieni|download|outlook)\s+(?:outlook\s+)?(?:para|per|voor)\s+(?:ios|android).{0,40}
    | obtenez\s+outlook.{0,40} | provenance\s*:\s*courrier.{0,40}
    | (?:get|download)\s+outlook\s+for\s.{0,40} | outlook\s+für\s+(?:ios|android).{0,40}
    | sent\s+(?:from|via|by|with|using)\s+(?:my\s+|a\s+|an\s+|the\s+)?(?:\S+\s+){0,3}?(?:iphone|ipad
      |ipod|mobile|smartphone|phone|cell|tablet|samsung|galaxy|android|blackberry\W*|wireless|windows
      |outlook|yahoo|gmail|proton\s?mail|mailbox|mail|nokia|treo|palm|htc|lg|motorola|droid|verizon
      |at&t|t-mobile|sprint|handheld|device|superhuman|front|spark|newton|polymail|airmail|thunderbird
      |pixel|huawei|xiaomi|app|ios)\b.{0,80}
    | (?:von|vom)\s+(?:meinem|unterwegs|mobilger).{0,60}
    | (?:gesendet|diese\s+nachricht\s+wurde)\s+(?:von|mit|über|vom)\s.{0,80}
    | enviad[oa]\s+(?:desde|do|de|pelo|a\s+partir|via|dal|com)\s.{0,60}
    | inviat[oa]\s+(?:da|dal|con|tramite)\s.{0,60} | verzonden\s+(?:vanaf|met|vanuit|via|van)\s.{0,60}
    | verstuurd\s+vanaf\s.{0,60}
    | skickat\s+fr[åa]n\s.{0,60} | sendt\s+fra\s.{0,60}
    | l[äa]hetetty\s.{2,40}(?:iphone|puhelime|laittee|android|samsung|lumia).{0,30}
    | wys[łl]ane\s+z\s.{0,60} | отправлено\s+(?:с|из)\s.{0,60} | odesl[áa]no\s+z\s.{0,60}
    | iphone(?:から送信|から送信されたメール).* | 从我的.{0,20}发送 | 发自我的.{0,30}
    | 從我的.{0,20}(?:傳送|寄出) | 나의\s.{0,20}보냄
    | posted\s+via\s.{0,40} | sent\s+to\s+you\s+by\s.{0,60}
    | (?:yahoo\s+mail|mail)\s*:\s*(?:recherchez|search|r[ée]gler).{0,100}
    | sent\s+from\s+my\s+[^,.?!;:]{2,40} | sent\s+on\s+the\s+go\b.{0,40} | sent\s+wirelessly\s.{0,80}
    | envoy[ée]e?\s+sans\s+fil\s.{0,100} | from\s+my\s+(?:i-?phone|ipad|mobile|phone).{0,20}
    | typed\s+on\s+(?:tiny|my).{0,60} | tap[ée]\s+(?:sur|depuis)\s+(?:mon|ma|un)\s.{0,80}
    | (?:please\s+)?(?:excuse|pardon)\s+(?:the\s+)?(?:brevity|typos|my\s+brevity).{0,80}
    | excusez\s+(?:la\s+bri[èe]vet[ée]|les\s+fautes|ma\s+bri).{0,80}
    )\W*(?:<?https?://\S*>?)?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
# Any other « Envoyé depuis … » closing the text: programs come and go.
_SENT_FROM = re.compile(
    r"^\W{0,3}envoy[ée]e?\s+(?:de|depuis|avec|via|à\s+partir\s+d)\W?\s*[^.?!]{2,60}(?:\(https?://\S+\))?\.?\s*$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"""^\W{0,4}(?:
      (?:ce|le\s+pr[ée]sent|cet)\s+(?:message|courriel|e-?mail|courrier|mail)\b.{0,120}(?:confidenti
      |pi[èe]ces?\s+jointe|destinataire|virus|usage\s+exclusif|exclusivement)
    | https?://(?:www\.)?(?:avast|avg)\.com\S*\s
    | les\s+informations\s+contenues\s+dans\s+(?:ce|le\s+pr[ée]sent|cet)
    | (?:avis|clause|mention)\s+(?:de\s+|l[ée]gale\s+de\s+)?confidentialit[ée]
    | l'absence\s+de\s+virus\s+dans | garanti\s+sans\s+virus | sans\s+virus\W
    | (?:pensez|penser|merci\s+de\s+penser)\s+[àa]\s+l'environnement
    | (?:afin\s+de|pour)\s+(?:respecter|pr[ée]server|prot[ée]ger)\s+l'environnement
    | avant\s+d'imprimer | n'imprimez\s+ce
    | ce\s+courrier\s+[ée]lectronique\s+ne\s+contient\s+aucun\s+virus
    | veuillez\s+(?:penser|consid[ée]rer).{0,30}environnement
    | si\s+vous\s+n'[êe]tes\s+pas\s+le\s+destinataire
    | (?:this|the\s+information\s+(?:contained\s+)?in\s+this)\s+(?:e-?mail|message|communication
      |transmission|electronic)\b.{0,200}(?:confidential|intended|privileged|attachment|virus|solely)
    | (?:the\s+)?(?:contents|information)\s+(?:contained\s+)?(?:of|in)\s+this\s+(?:e-?mail|message
      |communication)
    | (?:confidentiality|legal|privacy|disclaimer|important)\s*(?:notice|disclaimer
      |note)?\s*:?\s*(?:this|the|\Z)(?:\s|$) | disclaimer\s*:?
    | please\s+(?:consider|think\s+of)\s+the\s+environment | virus[\s-]free\W
    | this\s+(?:e-?mail|message)\s+has\s+been\s+(?:scanned|checked|sent\s+through) | no\s+virus\s+found\s+in
    | diese\s+(?:e-?mail|nachricht)\b.{0,120}(?:vertraulich|bestimmt|enth[äa]lt)
    | este\s+(?:mensaje|correo|e-?mail|mensagem)\b.{0,120}confidencia
    | (?:questo|il\s+presente)\s+(?:messaggio|e-?mail)\b.{0,160}(?:riservat|confidenzial)
    | dit\s+(?:bericht|e-?mail)\b.{0,120}(?:vertrouwelijk|bestemd)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# A line that only greets: what follows is the message, whatever it looks like.
GREETING = re.compile(
    r"^\W*(?:bonjour|bonsoir|madame|monsieur|mesdames|messieurs|ch[eè]re?s?|salut|hello|hi|hey|dear|good|guten|hallo|"
    r"sehr\s+geehrte|liebe|buen[oa]s|hola|estimad|bom\s+dia|boa|ol[aá]|exm[oa]|buon|gentile|ciao|egregi|goede|beste|"
    r"geachte|dag)\b.{0,40}$",
    re.IGNORECASE,
)
_LIST_RULE = re.compile(r"^\s*_{2,}\s*$|^\s*-{20,}\s*$|^\s*={20,}\s*$|^\s*--~--~-+.*$")
_LIST_WORDS = re.compile(
    r"mailing\s+list|liste\s+de\s+diffusion|unsubscribe|d[ée]sinscri|d[ée]sabonner|listinfo|"
    r"google\s+groups|yahoogroups|https?://lists?\.|to\s+post\s+to\s+this\s+group|"
    r"you\s+received\s+this\s+message\s+because|reply\s+to\s+this\s+email\s+directly",
    re.IGNORECASE,
)
_WINDOW = 120  # last lines in which a signature is looked for
_MARK_LIMIT = 20  # lines under « -- » beyond which it was a rule inside the text
_DASH_LIMIT = 8  # the same under a dash that is less surely a mark
_PHONE_LIMIT = 4


def find_signature(lines: list[str]) -> int:
    """Index of the first line that is no longer the message; `len(lines)` when all of it is."""
    skipped = max(0, len(lines) - _WINDOW)
    lines = lines[skipped:]
    end = len(lines)
    end = _before_list_footer(lines, end)
    end = _before_notice(lines, end)
    end = _before_phone(lines, end)
    end = _before_mark(lines, end)
    return skipped + _before_phone(lines, end)


def _written(lines: list[str]) -> int:
    return sum(1 for line in lines if line.strip())


def _before_mark(lines: list[str], end: int) -> int:
    for place in range(end):
        if not _MARK.match(lines[place]) or not _written(lines[:place]) or _is_begun(lines[:place]):
            continue
        if _written(lines[place + 1 : end]) <= (_MARK_LIMIT if lines[place].startswith("--") else _DASH_LIMIT):
            return place
    return end


def _is_begun(lines: list[str]) -> bool:
    """True for « Bonjour, » alone: the dashes below it open the message."""
    return _only_greets(lines) and any(line.rstrip().endswith(",") for line in lines)


def _before_phone(lines: list[str], end: int) -> int:
    for place in range(end - 1, -1, -1):
        line = flatten(lines[place]) if len(lines[place]) < 200 else ""
        if _PHONE.match(line) or (_SENT_FROM.match(line) and not _written(lines[place + 1 : end])):
            return place if _written(lines[place + 1 : end]) <= _PHONE_LIMIT else end
        if _written(lines[place:end]) > _PHONE_LIMIT + 1:
            break
    return end


def _before_notice(lines: list[str], end: int) -> int:
    for place in range(end):
        is_paragraph = (
            place == 0
            or not lines[place - 1].strip()
            or _LIST_RULE.match(lines[place - 1])
            or _MARK.match(lines[place - 1])
        )
        if is_paragraph and _NOTICE.match(flatten(" ".join(lines[place : place + 3]))):
            start = place - 1 if place and _LIST_RULE.match(lines[place - 1]) else place
            return end if _only_greets(lines[:start]) else start
    return end


def _only_greets(lines: list[str]) -> bool:
    above = [line for line in lines if line.strip()]
    return not above or (len(above) == 1 and GREETING.match(above[0]) is not None)


def _before_list_footer(lines: list[str], end: int) -> int:
    for place in range(max(0, end - 25), end):
        if (_LIST_RULE.match(lines[place]) or _MARK.match(lines[place])) and _LIST_WORDS.search(
            "\n".join(lines[place + 1 : end])
        ):
            return place if _written(lines[:place]) else end
    return end
