"""Real servers and tools that several tests share."""
