"""Tests: unit, integration, e2e, benchmarks."""
