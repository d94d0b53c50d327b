"""Numbers and addresses that identify people, organisations and vehicles: checked, and put in one form.

Each `check_` takes what was typed and returns the form to keep; it raises Invalid with a French sentence
that says how to write it. None of them goes on the network.
"""

import re
from functools import lru_cache

from backoffice.domain.french import NBSP
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid

LA_POSTE_SIREN = "356000000"
OVERSEAS_REGIONS = ("GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF")

IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
    "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28,
    "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}  # fmt: skip
"""Length of an IBAN by country of the SEPA zone (ISO 13616 registry)."""

_SEPARATORS = re.compile(r"[\s.\-·_/]+")
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
_SIV = re.compile(r"([A-HJ-NP-TV-Z]{2})([0-9]{3})([A-HJ-NP-TV-Z]{2})")
_FNI = re.compile(r"([1-9][0-9]{0,3})([A-Z]{1,3})(0[1-9]|[1-9][0-9]|2[AB]|97[1-8])")
_FOREIGN_PLATE = re.compile(r"\(([A-Z]{1,3})\)\s*([0-9A-Z][0-9A-Z \-]{1,11})")
_FRENCH_PHONE = re.compile(r"(?:0|(?:\+|00)33(?:0)?)([1-9][0-9]{8})")
_FRENCH_POSTCODE = re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}")


def check_siret(typed: str) -> str:
    """The 14 digits of an establishment; Luhn, except for La Poste (sum of digits multiple of 5)."""
    siret = _compact(typed)
    if not _is_digits(siret):
        raise Invalid(Wording("Un numéro SIRET est fait de 14 chiffres, par exemple 732 829 320 00074."))
    if len(siret) != 14:
        raise Invalid(Wording("Un numéro SIRET a 14 chiffres ; vous en avez écrit %(given)s.", given=len(siret)))
    is_la_poste = siret.startswith(LA_POSTE_SIREN) and sum(map(int, siret)) % 5 == 0
    if not (is_la_poste or _luhn(siret)) or int(siret) == 0:
        raise Invalid(Wording("Ce numéro SIRET n’existe pas : vérifiez chaque chiffre, il se trouve sur vos factures."))
    return siret


def check_rna(typed: str) -> str:
    """The number of an association in the Répertoire national des associations: W and 9 characters."""
    rna = _compact(typed)
    if not _RNA.fullmatch(rna):
        raise Invalid(
            Wording(
                "Un numéro RNA commence par la lettre W, suivie de 9 chiffres, par exemple W751234567. "
                "Il figure sur le récépissé de la préfecture."
            )
        )
    return rna


def check_iban(typed: str) -> str:
    """An IBAN without spaces; the length of its country and the key modulo 97 (ISO 13616) are verified."""
    iban = _compact(typed)
    length = IBAN_LENGTHS.get(iban[:2])
    if not length:
        raise Invalid(
            Wording("Un IBAN commence par deux lettres, FR pour un compte en France. Recopiez celui de votre RIB.")
        )
    if len(iban) != length:
        raise Invalid(
            Wording(
                "Cet IBAN devrait avoir %(length)s caractères ; vous en avez écrit %(given)s.",
                length=length,
                given=len(iban),
            )
        )
    if not (iban.isascii() and iban.isalnum() and _is_digits(iban[2:4]) and _mod_97(iban) == 1):
        raise Invalid(Wording("Cet IBAN contient une erreur : recopiez-le depuis votre RIB, caractère par caractère."))
    return iban


def check_phone(typed: str) -> str:
    """A phone number in the international form E.164, read as French (overseas included) without a prefix.

    A number of ten French digits, or of nine after +33, is accepted even when the numbering plan of the library
    ignores its range: ranges open faster than libraries are updated, and a refused number is a person who cannot be
    called back.
    """
    import phonenumbers  # 0.2 s and 20 MB: only when a number is really read

    sentence = Wording("Écrivez un numéro à 10 chiffres, ou avec l’indicatif du pays, par exemple +32 2 223 45 67.")
    national = re.sub(r"[\s.\-·_/()]+", "", typed)
    for region in ("FR", *OVERSEAS_REGIONS):
        try:
            number = phonenumbers.parse(typed, region)
        except phonenumbers.NumberParseException as error:
            raise Invalid(sentence) from error
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if french := _FRENCH_PHONE.fullmatch(national):
        return f"+33{french[1]}"
    raise Invalid(sentence)


@lru_cache(maxsize=16)  # one request asks about one address several times
def check_email(typed: str) -> str:
    """An e-mail address in its normal form; only the syntax is verified."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(
            Wording("Cette adresse électronique n’est pas complète. Elle s’écrit comme nom.prenom@exemple.fr.")
        ) from error


def check_postcode(typed: str) -> str:
    """A French postcode: five digits, from 01000 to 98999."""
    postcode = _compact(typed)
    if not _FRENCH_POSTCODE.fullmatch(postcode):
        raise Invalid(
            Wording(
                "Un code postal français a 5 chiffres, par exemple 49100. Pour une adresse à l’étranger, laissez "
                "cette case vide et écrivez le code et le pays avec la ville : « 1000 Bruxelles, Belgique »."
            )
        )
    return postcode


def check_plate(typed: str) -> str:
    """A vehicle plate: « AB-123-CD » (2009), « 123 ABC 49 » (before), « (B) 1-ABC-123 » (foreign)."""
    text = typed.strip().upper()
    if foreign := _FOREIGN_PLATE.fullmatch(text):
        return f"({foreign[1]}) {foreign[2].strip()}"
    plate = _compact(text)
    current = _SIV.fullmatch(plate)
    if current and "SS" not in (current[1], current[3]):
        return "-".join(current.groups())
    if former := _FNI.fullmatch(plate):
        return " ".join(former.groups())
    raise Invalid(
        Wording(
            "Recopiez la plaque comme sur la carte grise : AB-123-CD ou 123 ABC 49. "
            "Pour un véhicule étranger, écrivez d’abord le pays entre parenthèses : (B) 1-ABC-123."
        )
    )


def display_phone(phone: str) -> str:
    """« 02 41 00 00 00 » for a number of mainland France, « +32 2 223 45 67 » for others."""
    if re.fullmatch(r"\+33[1-9][0-9]{8}", phone):
        return _grouped("0" + phone[3:], 2)
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return str(text).replace(" ", NBSP)


def display_siret(siret: str) -> str:
    """« 732 829 320 00074 »."""
    return f"{_grouped(siret[:9], 3)}{NBSP}{siret[9:]}"


def display_iban(iban: str) -> str:
    """An IBAN in groups of four characters, as printed on a RIB."""
    return _grouped(iban, 4)


def _compact(typed: str) -> str:
    return _SEPARATORS.sub("", typed).upper()


def _is_digits(text: str) -> bool:
    return bool(text) and text.isascii() and text.isdigit()


def _grouped(text: str, size: int) -> str:
    return NBSP.join(text[start : start + size] for start in range(0, len(text), size))


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right is doubled, the sum is a multiple of ten."""
    doubled = (int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _mod_97(iban: str) -> int:
    """ISO 7064 MOD 97-10: the first four characters go last, letters become numbers (A = 10)."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97
