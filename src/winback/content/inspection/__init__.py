"""Looks for faults in a mail that no compiler complains about."""
