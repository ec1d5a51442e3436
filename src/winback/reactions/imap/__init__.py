"""Mailboxes of others' servers that we read: connection, tokens, faults."""
