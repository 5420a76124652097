"""The ways to reach people: native events to Incoming, Message to native calls."""
