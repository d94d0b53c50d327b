"""Property tests say what is true, not how fast: a loaded machine must not make one fail."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
