"""Schema revisions: applied by `Database.migrate`, made by `python -m smartsync_core.store.migrations`."""
