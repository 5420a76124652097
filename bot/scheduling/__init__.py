"""What happens by the clock: APScheduler only wakes, rows decide what is due."""
