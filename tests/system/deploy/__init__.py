"""The files in deploy/ for Kubernetes, Helm, Docker and Compose match their schemas, and their shared values agree."""
