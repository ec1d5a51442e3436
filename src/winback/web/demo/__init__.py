"""The main job played by itself, for people who want to see it work."""
