"""Real servers, one a file, that a test session starts on free ports and never leaves behind."""
