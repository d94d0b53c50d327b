"""The outside world: database, storage, mail, PDF, one tool a file."""
