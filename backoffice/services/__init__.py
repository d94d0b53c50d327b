"""Use cases: each takes the session and the actor, asks the policy, changes rows, writes history, promises work."""
