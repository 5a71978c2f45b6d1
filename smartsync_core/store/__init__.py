"""State: tables, repositories bound to an org, migrations, secrets. SQL ends in this room."""
