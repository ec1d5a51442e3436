"""Winback wins lost sales leads back."""

__version__ = "0.1.0"
