"""The HubSpot twin: one account in memory behind HubSpot's REST paths, kept by a small SQLite file."""
