"""The memory that survives a restart: one SQL for SQLite and PostgreSQL."""
