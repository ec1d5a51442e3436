"""Pages of delivery: how a mailing goes, and what may be sent."""
