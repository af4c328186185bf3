"""The status page of a worker, and the page of the local queue server, in a real browser."""
