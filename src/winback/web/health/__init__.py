"""Is this installation well? Asked by people (doctor) and by machines."""
