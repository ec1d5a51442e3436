"""Leads from files: reading, mapping, checking, writing, undoing."""
