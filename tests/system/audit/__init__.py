"""`longshore audit` with accounts in this process, with Terraform plans, and with the counters of workers. Each account
is generated, so its faults are known."""
