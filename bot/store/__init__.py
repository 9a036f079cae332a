"""What survives a restart: one SQL for SQLite and PostgreSQL."""
