"""First floor: how requests arrive, each door translating what it receives into one immutable value."""
