"""Sending: how fast, at what cost, and whether that stays so when it grows."""
