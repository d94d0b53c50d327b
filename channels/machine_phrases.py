"""The words by which machines give themselves away in some thirty languages, as compiled tables."""

import re

# Subjects that a mail system gives to a non-delivery notice. Anchored: « TR : Undelivered Mail » is a person's.
BOUNCE_SUBJECT = re.compile(
    r"""^\W*(?:\[?(?:spam|external|ext|externe)\]?\W+)?(?:
      undeliver(?:ed|able)\b | not\s+delivered\b | e-?mail\s+returned
    | non[\s-]?deliver(?:y|able) | returned\s+(?:e-?)?mail
    | returned\s+to\s+sender | return(?:ed)?\s+message
    | (?:re:\s*)?(?:e-?)?mail\s+(?:system\s+)?(?:delivery\s+)?(?:has\s+)?(?:fail(?:ed|ure)|error
      |could\s+not\s+be) | mail(?:er)?\s+(?:delivery|daemon|system)\s
    | mail\s+returned | failure\s+notice | failure\s+delivery | fail(?:ure|ed)\s+(?:to\s+)?deliver
    | delivery[\s_]+(?:has\s+)?(?:fail|problem|error|unsuccess)
    | delivery\s+(?:status\s+)?(?:notification|report|status)\b
    | delivery\s+(?:incomplete|delayed|attempts?) | notification\s+of\s+(?:limited|non)
    | notice:?\s+mail\s+delivery
    | (?:warning|nota|notice)\W+(?:e-?mail|message|could\s+not)\b.*(?:delay|still|not|undeliver)
    | warning:?\s+could\s+not\s+send
    | warning:?\s+delayed\s+mail | delayed\s+mail
    | message\s+(?:delivery\s+)?(?:fail|status|delayed|bounced|undeliver|not\s+deliver|could\s+not
      |frozen|you\s+sent\s+(?:was\s+)?block)
    | message\s+delivery\s+has\s+(?:failed|been)
    | your\s+(?:e-?mail|message)\b.{0,60}(?:not\s+(?:be\s+)?deliver|undeliver|reject|bounc|could\s+not
      |has\s+been\s+block)
    | (?:sorry,\s+)?your\s+message\s+(?:could|cannot|was\s+not)
    | there\s+was\s+an\s+error\s+sending\s+your\s+mail | error\s+sending\s+mail | unable\s+to\s+deliver
    | could\s+not\s+(?:send|deliver)\s | cannot\s+(?:send|deliver)\s+(?:message|mail)
    | bounced?\s+(?:mail|message|e-?mail) | \[?bounce\]?(?:\s|:|$)
    | rejected(?::|\s+(?:mail|message|posting)) | user\s+unknown | unknown\s+(?:user|recipient)
    | address\s+(?:error|unknown) | postmaster\s+notify | nondeliverable
    | \[postmaster\]\s+(?:e-?mail|message)?\s*delivery | delivery\s+notification:? | failed\s+mail
    | mail\s+not\s+deliver | out\s+of\s+disk | mailbox\s+(?:full|unavailable)
    | \*{0,3}\s*message\s+you\s+sent\s+blocked | successful\s+mail\s+delivery | mail\s+system\s+error
    | smtp\s+error | transport\s+failure | ndn:
    | automatically\s+rejected | (?:not\s+member|reject(?:ed)?)\s+(?:article|mail)\s+from
    | loop\s+alert | unsafe\s+command | fml\s+system\s+error
    | non\s+remis\b | (?:message|courriel|e-?mail|courrier)s?\s+non[\s-](?:remis|d[ée]livr|distribu)
    | [ée]chec\s+(?:de\s+)?(?:la\s+)?(?:remise|distribution|livraison|d[ée]livrance|l.envoi|transmission)
    | non[\s-]distribution | notification\s+d.[ée]tat\s+de\s+(?:remise|la\s+distribution)
    | avis\s+de\s+non[\s-]remise | impossible\s+de\s+(?:remettre|d[ée]livrer|distribuer)
    | (?:message|mail|courriel)\s+(?:retourn|bloqu|rejet|refus)[ée]
    | votre\s+(?:message|courriel|e-?mail)\s.{0,40}(?:rejet|bloqu|refus)[ée]
    | votre\s+(?:message|courriel|e-?mail)\s+n.a\s+pas\s+(?:pu\s+[êe]tre|[ée]t[ée])\s+
      (?:remis|d[ée]livr|distribu|achemin)
    | retour\s+[àa]\s+l.exp[ée]diteur | remise\s+(?:diff[ée]r|retard|impossible)
    | erreur\s+de\s+(?:remise|distribution|livraison|d[ée]livrance)
    | unzustellbar | nicht\s+zustellbar | nachricht\s+nicht\s+zu
    | zustellung\s+(?:fehlgeschlagen|nicht) | fehler\s+bei\s+der\s+(?:zustellung|nachrichten)
    | zustellungs?(?:fehler|bericht) | unzustellbarkeit
    | no\s+se\s+(?:puede|ha\s+podido|pudo)\s+entregar | no\s+entregado
    | correo\s+(?:no\s+entregado|devuelto) | mensaje\s+(?:no\s+entregado|devuelto)
    | error\s+en\s+la\s+entrega | entrega\s+(?:fallida|retrasada)
    | n[ãa]o\s+(?:foi\s+)?(?:poss[íi]vel\s+)?entreg | mensagem\s+n[ãa]o\s+entreg
    | n[ãa]o\s+[ée]\s+poss[íi]vel\s+entregar | falha\s+(?:na|de)\s+entrega
    | impossibile\s+(?:recapitare|consegnare) | mancat[oa]\s+(?:recapito|consegna) | non\s+recapitabile
    | avviso\s+di\s+mancata\s+consegna | errore\s+di\s+consegna
    | onbestelbaar | niet\s+bestelbaar | kan\s+niet\s+worden\s+bezorgd | onbezorgbaar
    | (?:e-?mail|bericht)\s+niet\s+(?:afgeleverd|bezorgd) | ej\s+levererat | olevererbart
    | det\s+g[åa]r\s+inte\s+att\s+leverera
    | ikke\s+leveret | kan\s+ikke\s+leveres | ulevert | kunne\s+ikke\s+lever | ei\s+voi\s+toimittaa
    | toimittamaton | nie\s+mo[żz]na\s+dostarczy | niedostarczon | nedoru[čc]iteln | kézbesíthetetlen
    | nelivrabil | nu\s+poate\s+fi\s+livrat
    | teslim\s+edilemedi | не\s?доставлен | недоставленное | не\s+удается\s+доставить
    | сообщение\s+не\s+доставлено | μη\s+παραδοτέο
    | 配信(?:不能|エラー|に失敗|できません) | メール(?:エラー|配信|システム) | メッセージを配信
    | 送信(?:エラー|不能|できません) | 宛先不明 | 配達不能 | 退信
    | 系统退信 | 未送达 | 无法投递 | 無法傳遞 | 傳送失敗 | 投递失败 | 郵件退回 | 배달되지\s?않 | 전송\s?실패 | 반송
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# What some relays append to the subject of the message that they give back.
BOUNCE_SUBJECT_END = re.compile(
    r"\((?:mail\s+)?(?:delivery\s+failed|undeliverable|non[\s-]deliver(?:y|able)|non\s+remis|non\s+distribu[ée])\)\s*$",
    re.IGNORECASE,
)

# First words of the notices themselves: looked for in the opening of the text.
BOUNCE_TEXT = re.compile(
    r"""this\s+is\s+the\s+(?:mail\s+(?:system|delivery)|postfix|qmail|e?smtp|courier
      |.{1,30}\s+program\s+at) | mail\s+delivery\s+(?:software|system|subsystem|agent)
    | (?:created|generated)\s+automatically\s+by\s+(?:the\s+)?(?:mail|exim) | qmail-send\s+program
    | permanent\s+(?:fatal\s+)?errors? | transient\s+non-fatal\s+errors | fatal\s+delivery\s+error
    | did\s+not\s+reach\s+(?:some|the|one|all|any|its)
    | (?:could|can|was|were|has|have|been|is)\s?(?:not
      |n.t)?\s+(?:be(?:en)?\s+)?(?:not\s+)?(?:successfully\s+)?(?:delivered|undeliverable)\s+(?:to
      |because|due|for)
    | could\s+not\s+(?:be\s+)?deliver
    | (?:cannot|can't|unable\s+to|couldn't|not\s+able\s+to)\s+(?:be\s+)?deliver(?:ed)?\b
    | wasn't\s+able\s+to\s+deliver | wasn.t\s+delivered
    | delivery\s+(?:to\s+the\s+following|has\s+failed|failed|attempts?|of\s+(?:the
      |your)\s+(?:following\s+)?(?:e-?mail|message))
    | following\s+(?:recipient|address|destination|user|message|adress)(?:e?s|\(e?s\))?.{0,80}(?:fail
      |undeliver|not|error|reject|could) | returned\s+(?:to\s+(?:the\s+)?sender|mail|message)
    | (?:final|original)-recipient: | diagnostic-code: | reporting-mta:
    | (?:user|recipient|mailbox|account|address|domain|host)\s+(?:.{0,30}\s)?(?:unknown|not\s+found
      |unavailable|does\s+not\s+exist|doesn.t\s+exist|is\s+(?:over|full|disabled|inactive|invalid)
      |rejected|not\s+listed) | no\s+such\s+(?:user|recipient|mailbox|address|person)
    | over\s+(?:its\s+)?quota | mailbox\s+(?:is\s+)?full
    | not\s+a\s+valid\s+(?:user|address|recipient|mailbox|account)
    | unrouteable\s+(?:mail\s+)?(?:domain|address) | ^[<\s]*\S+@\S+>?:?\s*(?:\n\s*)?[45]\d\d[\s-]
    | ^-{3,}\s*failure\s+reasons | ^-{3,}\s*transcript\s+of\s+session | said:\s*[45]\d\d
    | error\s+(?:message|code|transporting|occurred)
    | (?:message|e?-?mail)\s+(?:you\s+sent\s+)?(?:was|has\s+been)\s+(?:rejected|blocked|bounced|refused
      |quarantined)
    | does\s+not\s+accept\s+(?:your\s+)?mail | undeliverable | message\s+status\s*[-:]\s*undeliver
    | delivery\s+status\s+notification | unknown\s+(?:local\s+)?(?:user|recipient|address)
    | your\s+message\s+.{0,60}(?:couldn.t|wasn.t|can.t)\s+be
    | n.a\s+pas\s+(?:pu\s+[êe]tre|[ée]t[ée])\s+(?:remis|d[ée]livr|distribu|achemin|envoy|diffus)
    | [ée]chec\s+de\s+(?:la\s+)?(?:remise|distribution|livraison) | n.ont\s+pas\s+pu\s+[êe]tre
    | a\s+[ée]t[ée]\s+(?:rejet|bloqu|refus)[ée]\s*(?:par\b|:)
    | n.est\s+pas\s+parvenu | adresse\s+(?:introuvable|inconnue) | destinataire\s+inconnu
    | bo[îi]te\s+(?:aux\s+lettres\s+)?(?:pleine|inconnue)
    | konnte\s+(?:nicht|leider\s+nicht|an\s+.{1,80}nicht) | nicht\s+zugestellt | unbekannte\s+adresse
    | no\s+(?:se\s+)?(?:ha\s+)?(?:podido|pudo)\s+(?:ser\s+)?entreg | no\s+lleg[óo]\s+a
    | n[ãa]o\s+p[ôo]de\s+ser\s+entregue | non\s+[èe]\s+stato\s+possibile | non\s+ha\s+raggiunto
    | kon\s+niet\s+worden\s+(?:afgeleverd|bezorgd) | kunde\s+inte\s+levereras
    | kunne\s+ikke\s+leveres | не\s+(?:может\s+быть|было|удалось)\s+достав | невозможно\s+доставить
    | 配(?:信|送|達)(?:でき|され|に失敗|不能) | 送(?:信|付|達)でき | 届けられ
    | 存在しない | 宛先.{0,20}(?:不明|見つかり) | 无法(?:送达|投递|发送)
    | 無法(?:送達|投遞|傳送|傳遞) | 投递失败 | 退回 | 전송하지 | 배달하지""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)

DAEMON_ADDRESS = re.compile(
    r"""^(?:mailer[-_.]?(?:daemon|deamon)|mail[-_.]?(?:daemon|system|delivery)|mdaemon
      |post[-_.]?(?:master|meister)|mailsystem|mail-delivery|delivery[-_]?(?:subsystem|failure|status
      |notification)?
    |mailadmin|smtp-?admin|bounced?|bounce-?handler|non-?delivery|undeliverable|mmsc|mail-?bounce|ndr
      |mailerdaemon.*|mailer-daemon.*|microsoftexchange[0-9a-f]{20,}
      |[^@]{0,40}(?:anti[-_]?virus|mail[-_]?gateway|smtp[-_]?gateway)[^@]{0,40})(?:\\?@|$)""",
    re.IGNORECASE | re.VERBOSE,
)
DAEMON_NAME = re.compile(
    r"""mail(?:er)?[\s_-]*(?:daemon|deamon|deliver(?:y|ies)?(?:\s*(?:sub)?system)?\b|system
      |administrator) | ^post[\s-]?master\b | delivery\s+(?:sub)?system | (?:^|\s)system\s+administrator
    | ^microsoft\s+(?:outlook|exchange) | interscan | courier\s+mail\s+server
    | internet\s+mail\s+delivery | smtp\s+(?:gateway|server|daemon) | administrateur\s+syst[èe]me
    | systemadministrator | administrador\s+del\s+sistema
    | mail\s+(?:server|router|gateway|transport) | bounce\s+(?:handler|notification) | mail\s?marshal
    | amministratore\s+di\s+sistema | postmaster\b""",
    re.IGNORECASE | re.VERBOSE,
)
MAILER_DAEMON = re.compile(r"mailer[\s_.-]*d(?:ae|ea)mon|mail\s+deliver(?:y|ies)?\s+(?:sub)?system", re.IGNORECASE)

DELAY = re.compile(
    r"\bdelayed?\b|\bwarning\b|still\s+being\s+retried|not\s+yet\s+been\s+delivered|"
    r"will\s+(?:continue|keep)\s+(?:to\s+)?try|you\s+do\s+not\s+need\s+to\s+resend|différée?|"
    r"retardée?|verzögert|retrasad|ritardat",
    re.IGNORECASE,
)

AUTO_SUBJECT = re.compile(
    r"""^\W*(?:\[?(?:external|ext|externe)\]?\W+)?(?:
      out[\s-]of[\s-](?:the[\s-])?office
    | auto(?:matic|mated|mat)?[\s_-]*(?:re(?:ply|sponse|sponder|spond)|answer|acknowledg\w*)\b
    | auto:\s.{2,80}(?:\bout\s+of\s+(?:the\s+)?office | \((?:returning|retour|r[üu]ckkehr|zur[üu]ck|regres|ritorn
      |retorn|terug)) | autoreply | auto-?response | vacation\b(?!\s+(?:rental|club|package))
    | away\s+from\s+(?:my\s+)?(?:mail|e-?mail|office|desk|the\s+office)
    | (?:i\s+am|i'm|i\s+will\s+be)\s+(?:currently\s+)?(?:out\s+of|away|on\s+(?:vacation|holiday|leave))
    | on\s+(?:vacation|annual\s+leave|holidays?\s+until) | ooo\b
    | absence\s+(?:notice|notification|message|auto) | not\s+in\s+the\s+office
    | r[ée]ponse\s+automati(?:que|s[ée]e) | r[ée]p(?:onse)?\.?\s+(?:auto\b|d.absence) | hors\s+du\s+bureau\s*:
    | message\s+(?:automatique|d.absence|d.abscence) | absen(?:ce|t|te|t\(e\))\s+(?:du|de\s+mon)\s+bureau
    | notification\s+d.absence | avis\s+d.absence | notification\s+automatique
    | accus[ée]\s+(?:de\s+)?r[ée]ception\s+(?:automatique|\(affich|de\s+votre\s+(?:message|courriel|mail
      |demande))
    | abwesenheit(?:snotiz|smeldung|sassistent|sbenachrichtigung|snachricht|\s*[:!]|$)
    | automatische\s+(?:antwort|r[üu]ckantwort|abwesenheit|eingangsbest)
    | (?:ich\s+bin\s+)?nicht\s+im\s+b[üu]ro | au(?:ß|ss)er\s+haus
    | urlaubs?(?:benachrichtigung|meldung) | abwesend
    | respuesta\s+autom[áa]tica | (?:estoy\s+)?fuera\s+de\s+(?:la\s+)?oficina
    | ausente?\s+(?:de\s+la\s+oficina|hasta) | mensaje\s+autom[áa]tico | autorespuesta
    | resposta\s+autom[áa]tica | aus[êe]ncia\s+(?:tempor|do\s+escrit) | fora\s+do\s+escrit[óo]rio
    | resposta\s+autom[àa]tica
    | risposta\s+automatica | fuori\s+(?:sede|ufficio) | messaggio\s+automatico | assente\s+dall
    | automatisch\s+antwoord | automatisch\s+bericht | afwezig(?:heid|\b) | niet\s+aanwezig
    | buiten\s+kantoor | autosvar | automatiskt?\s+svar | fr[åa]nvaro(?:meddelande)?
    | frav[æa]rsmelding | ikke\s+til\s+stede | p[åa]\s+kontoret\s+igen
    | automaattinen\s+vastaus | poissaolo(?:viesti|ilmoitus) | automatyczna\s+odpowied[źz]
    | odpowied[źz]\s+automatyczna | autoodpowied[źz] | poza\s+biurem | automatick[áa]\s+odpov[ěe][ďd]
    | automatikus\s+v[áa]lasz | r[ăa]spuns\s+automat | otomatik\s+yan[ıi]t | αυτόματη\s+απάντηση
    | автоматический\s+ответ | автоответ | 自動(?:応答|返信|回覆)
    | 自动(?:回复|答复) | 不在(?:通知|の(?:お知らせ|連絡)|です|連絡)
    | 자동\s?(?:회신|응답) | 부재\s?중 | مساعد | רענות | תגובה\s+אוטומטית
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Subjects that a citizen may write too (« Absence » of a child at the canteen): they need a second sign.
WEAK_AUTO_SUBJECT = re.compile(
    r"^\W*(?:auto:\s|indisponib|r[ée]pondeur\s*:|fermeture\b|confirmation\s+de\s+r[ée]ception|accus[ée]\s+r[ée]ception|"
    r".{3,60}\sest\s+absente?\b|.{3,60}\sis\s+out\s+of\s+(?:the\s+)?office\b|absen(?:te?|ce|t\(e\))\b|je\s+suis\s+(?:actuellement\s+)?(?:absente?|"
    r"en\s+cong)|en\s+cong[ée]s?\b|cong[ée]s?\s*$|vacances\s*$|accus[ée]\s+de\s+r[ée]ception|"
    r"urlaub|ausencia|aus[êe]ncia|assenza|away\b|holidays?\b|thank\s+you\s+for\s+(?:your|"
    r"contacting)|merci\s+(?:de|pour)\s+votre)",
    re.IGNORECASE,
)
RECEIPT_SUBJECT = re.compile(
    r"^\W*(?:read|not\s+read|lu|non\s+lu|gelesen|ungelesen|le[íi]do|letto|lida|gelezen|"
    r"return\s+receipt|read\s+receipt|delivered|accus[ée]\s+de\s+(?:r[ée]ception|lecture)|"
    r"confirmation\s+de\s+lecture|lesebest[äa]tigung|empfangsbest[äa]tigung|"
    r"disposition\s+notification|開封済み|已读|已讀)\s*(?:\W|$)",
    re.IGNORECASE,
)
AUTO_TEXT = re.compile(
    r"""(?:i\s+am|i'm|i\u2019m|i\s+will\s+be|i'll\s+be)\s+(?:currently\s+
      |now\s+)?(?:out\s+of\s+(?:the\s+)?(?:office|town|country)|away|on\s+(?:vacation|holidays?
      |(?:annual\s+|maternity\s+|sick\s+)?leave)) | will\s+not\s+be\s+reading\s+my\s+(?:e-?)?mail
    | limited\s+access\s+to\s+(?:my\s+)?e-?mail
    | (?:this\s+is\s+an?|an)\s+(?:auto(?:matic|mated|matically)?[\s-]*(?:generated\s+)?)(?:e-?mail\s+
      |message\s+)?(?:reply|response|message|e-?mail|notification|acknowledg\w+)
    | (?:do\s+not|please\s+don.t)\s+reply\s+(?:directly\s+)?to\s+this
    | je\s+(?:suis|serai)\s+(?:actuellement\s+)?(?:absente?|absent\(e\)|en\s+cong[ée]s?
      |en\s+d[ée]placement|en\s+vacances)
    | je\s+(?:vous\s+|te\s+)?r[ée]pondrai\s+(?:[àa]\s+\w+\s+\S+\s+)?(?:d[èe]s|[àa])\s+mon\s+retour
    | j.ai\s+quitt[ée]\s+(?:l.entreprise|la\s+soci[ée]t[ée]|l.[ée]tablissement|mes\s+fonctions|mon\s+poste)
    | (?:ceci\s+est|il\s+s.agit\s+d)\W*(?:une?\s+)?(?:r[ée]ponse|message|e-?mail
      |courriel)\s+(?:g[ée]n[ée]r[ée]\s+)?automati | ne\s+pas\s+r[ée]pondre\s+[àa]\s+ce
    | (?:message|courriel)\s+(?:est\s+)?(?:g[ée]n[ée]r[ée]|envoy[ée])\s+automatiquement
    | ich\s+bin\s+(?:derzeit\s+|zur\s+?zeit\s+|momentan\s+|vom\s+.{1,40}|bis\s+.{1,40}
      |ab\s+.{1,40})?(?:nicht\s+(?:im|am)|abwesend|im\s+urlaub|au(?:ß|ss)er\s+haus)
    | automatisch\s+(?:generiert|erstellt|erzeugt) | estar[ée]\s+(?:fuera|ausente)
    | (?:estoy|me\s+encuentro)\s+(?:fuera|ausente|de\s+vacaciones)
    | sar[òo]\s+assente | sono\s+(?:assente|in\s+ferie) | estarei\s+ausente
    | ik\s+ben\s+(?:afwezig|niet\s+aanwezig|met\s+vakantie)""",
    re.IGNORECASE | re.VERBOSE,
)
# What only a machine says of its own message, and what an absent person has it say: whom to ask, or until when to wait.
# An absence is that of who writes (« le gardien est absent » is a citizen's complaint), and not from one appointment.
MACHINE_TEXT = re.compile(
    r"""(?:ceci\s+est|il\s+s.agit\s+d|c.est)\W*(?:une?\s+)?(?:r[ée]ponse|message|e-?mail|courriel|mail)\s+automati
    | (?:message|courriel|e-?mail|mail|r[ée]ponse)\s+(?:est|a\s+[ée]t[ée])?\s*(?:g[ée]n[ée]r[ée]|envoy[ée])e?
      \s+automatiquement
    | ^\W*r[ée]ponse\s+automatique\W*$
    | (?:merci\s+de|veuillez|pri[èe]re\s+de)\s+ne\s+pas\s+(?:y\s+)?r[ée]pondre\s*
      (?:[.!\n]|(?:directement\s+)?[àa]\s+ce(?:t|tte)?\s+(?:message|mail|courriel|e-?mail|adresse)\b
      (?![^.\n]{0,40}\bmais\b[^.\n]{0,40}\b(?:moi|ma|mon)\b))
    | this\s+is\s+an?\s+auto(?:matic|mated)?(?:ally)?[\s-]*(?:generated\s+)?(?:e-?mail\s+)?
      (?:reply|response|message|e-?mail)
    | i\s+will\s+be\s+out\s+of\s+the\s+office\s+starting\b.{1,60}\bwill\s+not\s+return\s+until
    | dies\s+ist\s+eine\s+automatische""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE | re.DOTALL,
)
ABSENT_TEXT = re.compile(
    r"""(?:je\s+(?:suis|serai)\s+|(?:^|[.;:!]\s|bonjour,\s)\W*)(?:actuellement\s+|d[ée]sormais\s+|en\s+ce\s+moment\s+)?
      (?:absente?|en\s+cong[ée]s?|en\s+formation|en\s+arr[êe]t|en\s+d[ée]placement|indisponible)\b
      (?!\s+(?:pour\s|demain\b|lundi\b|mardi\b|mercredi\b|jeudi\b|vendredi\b|samedi\b|dimanche\b))
    | i\s*(?:am|'m|\u2019m|will\s+be)\s+(?:currently\s+)?(?:away|out\s+of\s+(?:the\s+)?office
      |on\s+(?:annual\s+|parental\s+|maternity\s+)?leave)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
INSTEAD_TEXT = re.compile(
    r"""(?:en\s+cas\s+d.urgence|pour\s+toute\s+(?:demande|urgence|question)|(?:en|pendant)\s+mon\s+absence)
      [^.!?]{0,100}(?:contact|adress|appel|joind|[ée]cri[rv]|envoy|transf|coll[èe]gue|secr[ée]tariat|standard|@)
    | r[ée]pondrai\s+(?:[àa]\s+\w+\s+\S+\s+)?(?:d[èe]s|[àa])\s+mon\s+retour
    | (?:ne\s+(?:consulte|lis|lirai)\s+pas|prendrai\s+connaissance\s+de)
    | pas\s+acc[èe]s\s+[àa]\s+(?:ma\s+messagerie|mes\s+(?:mails|e-?mails|courriels))
    | (?:in\s+case\s+of\s+emergency|for\s+urgent\s+(?:matters|requests)|in\s+my\s+absence)
    | (?:respond|reply|get\s+back)\s+(?:to\s+(?:you|your\s+\S+)\s+)?(?:upon|on|when|after)\s+(?:my|i)\s+return""",
    re.IGNORECASE | re.VERBOSE,
)
# What a person says whom one may still reach: absent from an appointment, not from the mailbox.
REACHABLE_TEXT = re.compile(
    r"""\b(?:r?appelez|t[ée]l[ée]phonez|contactez|joignez|[ée]crivez)[\s-]moi\b
    | \bme\s+(?:joindre|contacter|r?appeler|t[ée]l[ée]phoner)\b | \bje\s+(?:suis|reste|serai)\s+joignable\b""",
    re.IGNORECASE | re.VERBOSE,
)
# A relay that holds the mail until its sender has proved that he is a person.
CHALLENGE_TEXT = re.compile(
    r"""(?:prot[ée]g[ée]e?|protected)\s+(?:par|by|with)\s+(?:mail\s?in\s?black|bluebottle|spam\s?arrest|boxbe)
    | added\s+to\s+(?:the\s+recipient's|my|his|her|their)\s+(?:allowed|approved|guest)\s+(?:senders\s+)?list
    | demande\s+d.authentification\s+de\s+(?:l.|votre\s+)(?:exp[ée]diteur|e-?mail|adresse)
    | que\s+votre\s+(?:e-?mail|message|courriel)\s+(?:me|lui|nous|leur)\s+
      (?:soit\s+(?:remis|d[ée]livr[ée]|distribu[ée])|parvienne)""",
    re.IGNORECASE | re.VERBOSE,
)
NO_REPLY = re.compile(
    r"^(?:no|ne|do-?not|nicht|pas)?[-_.]*(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|"
    r"ne[-_.]?pas[-_.]?repondre|nepasrepondre|noreponse|no-responder|nichtantworten|keine-antwort|"
    r"autoreply|auto-?respon\w*|robot)",
    re.IGNORECASE,
)

REPLY_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|ré|r[ée]p\.?|réponse|aw|antw|antwort|sv|vs|res|rif|r|odp|ynt|atb|"
    r"yan|vá|bls|re\s?[:：]|回复|答复|回覆|답장|回信|返信|отв|ответ|σχετ|απ|הת|رد)\s*(?:\[\d+\]|"
    r"\(\d+\))?\s*[:：]",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|tr|wg|rv|i|enc|vl|vb|doorst|vidarebef|pd|ilt|továbbítás|"
    r"továbbítva|転送|转发|轉寄|전달|пер|fs|переслано|trans[fm]\.?|"
    r"transf[ée]r[ée]?)\s*(?:\[\d+\])?\s*[:：]|\(fwd\)\s*$",
    re.IGNORECASE,
)
