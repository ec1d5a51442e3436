"""Providers with an API instead of a mail server, through Anymail.

``rules`` sorts what they answer, ``messages`` says our mails in Anymail's words,
``provider`` is the one that is configured, ``failures`` reads its errors,
``crew`` hands mails over and looks to a run like the crew of SMTP connections.
"""
