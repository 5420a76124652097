"""Deliveries on their way: the worker, its pace, and when to try again."""
