"""The pure stages of the pipeline, a module each: no clock, network, database or randomness."""
