"""What the tests start: programs, servers and a browser. Each ends with its test."""
