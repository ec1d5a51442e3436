"""Liquid with limits: what people may write into their mails, and no more."""
