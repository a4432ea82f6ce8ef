"""What worker and API share: the types that flow, the pure pipeline, the topic model and the store."""

__version__ = "0.1.0"
