"""Connections, transactions and clocks of SQLite and PostgreSQL; knows no table."""
