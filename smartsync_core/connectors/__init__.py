"""One folder per remote, one contract (base.py), one list (registry.py)."""
