"""Migrations of the store, which Alembic runs."""
