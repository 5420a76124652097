"""Banks of questions in other people's formats: read into knowledge entries, and written again."""
