"""The ports' real implementations: HTTP, language detection, translation."""
