"""What a visitor of the demo finds: a login, made-up leads, a mailbox."""
