"""The files for systemd, Amazon ECS and Terraform, checked with their tools and compared with the worker."""
