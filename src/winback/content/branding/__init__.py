"""The brand kit: what every template of this installation looks like."""
