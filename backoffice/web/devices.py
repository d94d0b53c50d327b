"""The browser and the machine behind a session, in words that their owner recognises."""

from ipaddress import IPv6Address, ip_address

# The first name found wins: Edge and Opera also say Chrome, Chrome also says Safari.
BROWSERS = (
    ("Firefox/", "Firefox"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def describe(user_agent: str) -> str:
    """« Firefox sur Windows », or what is known of it."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Navigateur inconnu")
    machine = next((name for mark, name in MACHINES if mark in user_agent), "")
    return f"{browser} sur {machine}" if machine else browser


def whereabouts(address: str) -> str:
    """The beginning of an address: « 192.0.… », « 2001:db8:… »; enough to tell the office from elsewhere."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if known.is_loopback:
        return "cette machine"
    if isinstance(known, IPv6Address):
        mapped = known.ipv4_mapped
        return whereabouts(str(mapped)) if mapped else ":".join(known.exploded.split(":")[:2]) + ":…"
    return ".".join(str(known).split(".")[:2]) + ".…"
