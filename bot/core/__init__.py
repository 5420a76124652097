"""The vocabulary of DESIGN.md section 2: standard library only, imports nothing of ours."""
