"""Why a mail came back, in words: servers say it in codes (RFC 3463) and in English, agents must know what to do."""

import re

# What it comes to, the codes that say so, and the words of servers that give none, a vague one or a wrong one: words
# that leave no doubt come first.
_REASONS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (said, re.compile(codes), re.compile(words, re.IGNORECASE))
    for said, codes, words in (
        (
            "la boîte est pleine",
            r"[45]\.2\.2",
            r"over\s?quota|quota (?:exceeded|dépassé)|mailbox (?:is )?full|boîte\b.{0,40}\bpleine",
        ),
        ("le message est trop lourd pour cette boîte", r"[45]\.(?:2\.3|3\.4)", r"message (?:size|too (?:big|large))"),
        (
            "cette boîte est fermée ou inactive",
            r"[45]\.2\.1|5\.1\.6",
            r"(?:mailbox|account|user)\b.{0,30}\b(?:disabled|inactiv|suspended|blocked)|boîte\b.{0,30}\bdésactivée",
        ),
        (
            "l’adresse n’existe pas",
            r"5\.1\.(?:0|1|3|10)",
            (
                r"(?:no such|unknown|invalid) (?:user|recipient|mailbox|address)|mailbox (?:unavailable|not found)|"
                r"(?:user|recipient|account|address)\b.{0,40}\b(?:unknown|not exist|not found|invalid)|"
                r"introuvable|adresse inconnue"
            ),
        ),
        (
            "le domaine de l’adresse n’existe pas ou ne reçoit pas de courriel",
            r"5\.1\.2|5\.4\.[14]",
            r"(?:host|domain)\b.{0,30}\bnot found|nxdomain|no mx\b",
        ),
        (
            "le serveur du destinataire refuse nos courriels, qu’il prend pour indésirables ou mal signés",
            r"[45]\.7\.\d+",
            r"spam|blacklist|blocked|reputation|policy|dmarc|\bspf\b",
        ),
        (
            "le serveur du destinataire n’a pas répondu à temps",
            r"[45]\.4\.(?:0|7)|4\.\d+\.\d+",
            r"timed? ?out|expired|could not be delivered for|connection refused",
        ),
    )
)


def explain(status: str, diagnostic: str) -> str:
    """« l’adresse n’existe pas (550 5.1.1 …) »: what a notice comes to, then its own words; those alone when unknown.

    `status` is an enhanced status code of RFC 3463, empty when the notice has none.
    """
    shown = diagnostic.strip().removeprefix("smtp;").strip()
    said = next((said for said, codes, words in _REASONS if codes.fullmatch(status) or words.search(diagnostic)), "")
    if said and shown:
        return f"{said} ({shown})"
    return said or shown
