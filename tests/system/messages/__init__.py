"""What happens to messages: in a rollout, under faults, in the order of FIFO queues, and with other queue servers."""
