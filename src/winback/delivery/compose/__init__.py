"""From content and a person to the bytes of one mail.

``encoding`` knows the rules of the wire, ``skeleton`` joins stretches that were
encoded once with the few that differ, ``letters`` brings the mailing's content
and its people together.
"""
