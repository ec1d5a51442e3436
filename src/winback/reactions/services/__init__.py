"""Writes of this room, one module for each kind of reaction."""
