"""Why an encrypted connection to a mail server was not opened, and what to do, in plain French."""

import ssl

NO_STARTTLS = "Ce serveur ne propose pas STARTTLS sur ce port : essayez le chiffrement dès le début (port 993)."
# The codes of OpenSSL's verification that people can do something about (X509_V_ERR_…).
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_SIGNERS = frozenset({18, 19, 20, 21})
_OTHER_NAMES = frozenset({62, 64})


def explain(fault: ssl.SSLError, host: str, port: int) -> str:
    """The sentence for whoever keeps the setting: a certificate that is refused, or a port that does not encrypt."""
    if not isinstance(fault, ssl.SSLCertVerificationError):
        return f"Le port {port} ne parle pas en chiffré : vérifiez le port, ou essayez STARTTLS."
    code = fault.verify_code
    if code == _EXPIRED:
        return "Le certificat du serveur est périmé : qui tient ce serveur doit le renouveler."
    if code == _NOT_YET_VALID:
        return "Le certificat du serveur n’est pas encore valable : vérifiez la date de cette machine."
    if code in _OTHER_NAMES:
        return f"Le certificat du serveur n’est pas au nom de « {host} » : écrivez le nom pour lequel il a été fait."
    if code in _UNKNOWN_SIGNERS:
        return (
            "Le certificat du serveur n’est signé par aucune autorité que cette machine connaît : qui tient ce serveur "
            "doit en prendre un qui soit reconnu, ou vous donner l’autorité à ajouter ici."
        )
    return "Le certificat du serveur n’est pas valable : vérifiez son nom et sa date."
