"""Who may do what: keys, the scopes that routes ask for, and how much a key may use."""
