"""Rows and how they are reached. Dialects differ in engine.py, presence.py and snapshots.py."""
