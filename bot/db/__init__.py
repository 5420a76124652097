"""Rows and how they are reached: the only dialect-dependent code is in engine.py."""
