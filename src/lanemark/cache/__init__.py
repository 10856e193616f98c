"""Can this stage differ, must it run? Identities before anything runs."""
