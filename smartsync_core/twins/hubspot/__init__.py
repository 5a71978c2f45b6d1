"""The HubSpot twin: one account (portal) in memory behind HubSpot's REST paths, kept by a small SQLite file."""
