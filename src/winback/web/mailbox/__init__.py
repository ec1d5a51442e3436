"""The demo mailbox: a real mail server on loopback, and pages to play the recipient.

Nothing here sends to anybody but our own inbound listener on this machine.
"""
