"""The explorer: its page, its data, its scripts."""
