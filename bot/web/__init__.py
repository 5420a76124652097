"""The one web app: webhook, playground, health, metrics."""
