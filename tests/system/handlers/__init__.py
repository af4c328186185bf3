"""Applications and functions that process messages as on AWS."""
