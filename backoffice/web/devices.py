"""The browser and the machine behind a session, in words that their owner recognises."""

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
