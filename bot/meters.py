"""What is counted and timed for /metrics. Ids and durations only, never names or texts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("muduo_turns_total", "Turns taken", ["platform", "route", "outcome"])
TURN_SECONDS = Histogram(
    "muduo_turn_seconds",
    "From the event's storage to the shown reply",
    ["platform"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
WAITING = Gauge("muduo_events_waiting", "Events stored and not yet handled")
DELIVERIES = Counter("muduo_deliveries_total", "Deliveries by end", ["platform", "state"])
AWAY = Gauge("muduo_platform_away_seconds", "Since when it can't be reached; 0: fine", ["platform"])
KNOWLEDGE = Gauge("muduo_knowledge_entries", "Entries in the knowledge set in use")
