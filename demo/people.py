"""The inhabitants, associations and companies of Saint-Aubin-les-Tilleuls: nobody real, no number that rings."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from backoffice.domain import french
from backoffice.domain.incoming import ContactPreference, Sender
from backoffice.settings import STARTER_ADDRESSES

TOWN, POSTCODE = "Saint-Aubin-les-Tilleuls", "49990"

WOMEN = (
    "Camille", "Aurélie", "Stéphanie", "Laura", "Aïcha", "Céline", "Marion", "Nathalie", "Fatoumata", "Sophie",
    "Isabelle", "Léa", "Virginie", "Emmanuelle", "Chloé", "Sabrina", "Florence", "Patricia", "Anaïs", "Delphine",
    "Gaëlle", "Mélanie", "Samira", "Catherine", "Thi Mai", "Audrey", "Corinne", "Lucie", "Valérie", "Joana",
)  # fmt: skip
MEN = (
    "Thomas", "Mehdi", "Julien", "Nicolas", "Guillaume", "Sébastien", "Yanis", "Laurent", "Moussa", "Olivier",
    "Kévin", "Benoît", "Rachid", "Damien", "Pascal", "Florian", "Cédric", "Alexandre", "Bruno", "Hugo",
    "Tiago", "Éric", "Maxime", "Adrien", "Stéphane", "Ludovic", "Simon", "Frédéric", "Romain", "Arthur",
)  # fmt: skip
ELDERS = (
    "Yvonne", "Marcel", "Simone", "Roger", "Denise", "André", "Jacqueline", "Raymond", "Monique", "Lucien",
    "Huguette", "René", "Colette", "Maurice", "Ginette", "Gaston", "Paulette", "Robert", "Odette", "Bernard",
)  # fmt: skip
FAMILIES = (
    "Gauthier", "Moreau", "Lefèvre", "Benkacem", "Rousseau", "Girard", "Diallo", "Bonnet", "Dupuis", "Lambertin",
    "Fontaine", "Chevalier", "Robin", "Masson", "Nguyên", "Gérard", "Le Bihan", "Boyer", "Garnier", "Chauvin",
    "Pereira", "Faure", "Mercier", "Blanchet", "Guérin", "Muller", "Henry", "Roussel", "Traoré", "Perrin",
    "Morin", "Mathieu", "Clément", "Gautier", "Dumont", "Lopez", "Fournier", "Chevallier", "Barbier", "Arnaud",
    "Martinez", "Gaillard", "Brunet", "Picard", "Renard", "Belkacemi", "Leclerc", "Colin", "Vidal", "Aubert",
    "Lemoine", "Renault", "Da Silva", "Hubert", "Rolland", "Cissé", "Pelletier", "Riou", "Marchal", "Deschamps",
    "Vasseur", "Le Roux", "Huet", "Adam", "Bertin", "Charrier", "Poirier", "Leblanc", "Gendron", "Bourgeois",
    "Coulibaly", "Maillard", "Guillot", "Besson", "Prévost", "Cochard", "Joubert", "Ouvrard", "Tessier", "Baron",
    "Delaunay", "Bouvet", "Piron", "Haddou", "Gilbert", "Jacquet", "Boutin", "Chartier", "Langlois", "Verdier",
)  # fmt: skip
STREETS = (
    "rue des Lilas", "rue Jules-Ferry", "avenue de la Gare", "rue du Moulin", "impasse des Glycines",
    "rue de la République", "chemin des Vignes", "rue des Ateliers", "boulevard Simone-Veil", "rue du Lavoir",
    "allée des Sports", "rue Georges-Sand", "rue des Écoles", "place des Tilleuls", "rue du Pont-Neuf",
    "avenue des Acacias", "rue Pasteur", "rue de la Fontaine", "square des Capucines", "rue du Vieux-Marché",
    "chemin de Halage", "rue Louise-Michel", "rue des Tanneurs", "impasse du Four", "rue Victor-Hugo",
)  # fmt: skip
LANDMARKS = (
    "du square des Capucines", "devant l'école Jules-Ferry", "de l'arrêt de bus Moulin", "du parc des Tilleuls",
    "devant la médiathèque", "du terrain de boules", "en face de la gare", "du jardin de la mairie",
)  # fmt: skip
ASSOCIATIONS = (
    "Les Foulées tilleulaises", "Comité des fêtes de Saint-Aubin", "Amicale laïque Jules-Ferry", "Judo Club du Moulin",
    "Chorale À tout chœur", "Lire au Moulin", "Jardins partagés de la Gare", "Club des aînés des Tilleuls",
    "Saint-Aubin Cyclo", "Parents d’élèves Simone-Veil",
)  # fmt: skip
COMPANIES = (
    "Café des Tilleuls", "Boulangerie Le Fournil", "Fleurs de Lise", "Le Bistrot du Moulin", "Librairie La Virgule",
    "Garage de la Gare", "Crêperie Ar Men", "Menuiserie Chartier", "Optique République",
)  # fmt: skip
CHILDREN = ("Lina", "Jules", "Inès", "Noé", "Jade", "Adam", "Louise", "Malo", "Zoé", "Sacha", "Alma", "Gabin")
MAILS = ("courriel.example", "boite.example", "messagerie.example", "postes.example")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes, calls or comes: for themselves, or for an organisation with its numbers."""

    given_names: str
    family_name: str
    is_woman: bool
    born_on: date
    address_line: str
    email: str = ""
    phone: str = ""
    organisation: str = ""
    rna: str = ""
    siret: str = ""
    iban: str = ""

    @property
    def greeting(self) -> str:
        """« Bonjour Madame Moreau »."""
        return f"Bonjour {'Madame' if self.is_woman else 'Monsieur'} {self.family_name}"

    @property
    def sender(self) -> Sender:
        """As intake knows them."""
        return Sender(
            family_name=self.family_name,
            given_names=self.given_names,
            organisation=self.organisation,
            email=self.email,
            phone=self.phone,
            address_line=self.address_line,
            postcode=POSTCODE,
            city=TOWN,
            contact_preference=ContactPreference.EMAIL if self.email else ContactPreference.POST,
        )


@dataclass(frozen=True, slots=True)
class People:
    """Who lives in the town: `elders` have no e-mail, `regulars` come back."""

    today: date
    adults: tuple[Person, ...]
    young: tuple[Person, ...]
    elders: tuple[Person, ...]
    associations: tuple[Person, ...]
    companies: tuple[Person, ...]

    def aged(self, least: int, most: int) -> tuple[Person, ...]:
        """The adults between two ages, in years."""
        return tuple(one for one in self.adults if least <= (self.today - one.born_on).days // 365 <= most)

    @property
    def regulars(self) -> tuple[Person, ...]:
        """The dozen that the town hall knows well."""
        return self.adults[:12]


def inhabitants(chance: Random, today: date) -> People:
    """The same people for the same chance; ages are counted from `today`."""
    households = list(_households(chance))
    adults = [
        _adult(chance, given, family, number < len(WOMEN), today, range(26, 66))
        for number, (given, family) in enumerate(zip(WOMEN + MEN, households, strict=False))
    ]
    adults += [
        _adult(chance, chance.choice(WOMEN if number % 2 else MEN), family, bool(number % 2), today, range(24, 70))
        for number, family in enumerate(households[:70])
    ]
    young = [
        _adult(chance, chance.choice(WOMEN if number % 2 else MEN), family, bool(number % 2), today, range(18, 24))
        for number, family in enumerate(households[60:76])
    ]
    elders = [
        _elder(chance, given, family, number % 2 == 0, today)
        for number, (given, family) in enumerate(zip(ELDERS, households[40:], strict=False))
    ]
    chance.shuffle(adults)
    associations = [_organisation(adults[-1 - n], name, n, "asso") for n, name in enumerate(ASSOCIATIONS)]
    companies = [_organisation(adults[-20 - n], name, 50 + n, "pro") for n, name in enumerate(COMPANIES)]
    return People(today, tuple(adults[:-30]), tuple(young), tuple(elders), tuple(associations), tuple(companies))


def _households(chance: Random) -> Iterator[str]:
    families = list(FAMILIES)
    chance.shuffle(families)
    yield from families


def _adult(chance: Random, given: str, family: str, is_woman: bool, today: date, ages: range) -> Person:
    born_on = today - timedelta(days=365 * chance.choice(ages) + chance.randrange(365))
    first, last = (french.fold(name).replace(" ", "") for name in (given, family))
    local = chance.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}{born_on:%y}"))
    phone = f"+33639 98{chance.randrange(10_000):04d}".replace(" ", "")
    return Person(given, family, is_woman, born_on, _address(chance), f"{local}@{chance.choice(MAILS)}", phone)


def _elder(chance: Random, given: str, family: str, is_woman: bool, today: date) -> Person:
    born_on = today - timedelta(days=365 * chance.randrange(74, 93) + chance.randrange(365))
    prefix = chance.choice(("+3326191", "+3319900"))
    return Person(given, family, is_woman, born_on, _address(chance), "", f"{prefix}{chance.randrange(5000, 9999)}")


def _organisation(contact: Person, name: str, number: int, kind: str) -> Person:
    domain = french.fold(name).replace(" ", "-").replace("’", "-")
    digits = f"99990{number:04d}0001"
    return Person(
        contact.given_names,
        contact.family_name,
        contact.is_woman,
        contact.born_on,
        contact.address_line,
        f"contact@{domain}.{kind}.example",
        contact.phone,
        name,
        rna=f"W49{number:07d}",
        siret=_siret(digits),
        iban=_iban(number),
    )


def _address(chance: Random) -> str:
    extra = chance.choice(("", "", "", "", " bis"))
    drawn, street = chance.randrange(1, 96), chance.choice(STREETS)
    return f"{a_number(drawn, street)}{extra} {street}"


def a_number(drawn: int, street: str) -> int:
    """A number that the street has, for one drawn at random: what citizens write is on the map of the town."""
    return 1 + drawn % _highest_numbers()[street.lower()]


@cache
def _highest_numbers() -> dict[str, int]:
    with STARTER_ADDRESSES.open(encoding="utf-8", newline="") as file:
        numbers = sorted((row["nom_voie"].lower(), int(row["numero"])) for row in csv.DictReader(file, delimiter=";"))
    return dict(numbers)  # the last of each street stays


def _siret(digits: str) -> str:
    """13 digits and the last one that Luhn's rule asks for."""
    doubled = (int(digit) * (2 - rank % 2) for rank, digit in enumerate(reversed(digits)))
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _iban(number: int) -> str:
    """An account of a bank that does not exist, with a right RIB key (so that its control key is 76)."""
    bank, branch, account = 99_999, 12_345, 49_990_000 + number
    key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    return f"FR76{bank:05d}{branch:05d}{account:011d}{key:02d}"
