"""Our own SMTP client: persistent connections, strict reading, no surprises.

Knows nothing of Django or of the ledger. ``servers`` reads the address of a
server, ``replies`` what it says, ``connection`` talks to it.
"""
