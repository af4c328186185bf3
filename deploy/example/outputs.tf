output "longshore_toml" {
  description = "Configuration of the worker."
  value       = templatefile("${path.module}/longshore.toml.tftpl", { region = var.region, queue_url = module.orders.queue_url })
}

output "queue_url" {
  description = "URL of the queue, to send messages."
  value       = module.orders.queue_url
}

output "dlq_url" {
  description = "URL of the dead-letter queue."
  value       = module.orders.dlq_url
}

output "dlq_arn" {
  description = "ARN of the dead-letter queue, to redrive it."
  value       = module.orders.dlq_arn
}
