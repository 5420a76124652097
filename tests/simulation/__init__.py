"""The simulator: the whole house in virtual time, on hostile platforms, for a school year."""
