"""Pages of this room: the audience, its people, favourite filters."""
