output "queue_url" {
  description = "For `url` in longshore.toml: with it the worker need not ask for it."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "For policies of those who send."
  value       = aws_sqs_queue.this.arn
}

output "queue_name" {
  description = "For `name` in longshore.toml, and for dashboards."
  value       = aws_sqs_queue.this.name
}

output "dlq_url" {
  description = "For those who read and redrive dead letters."
  value       = aws_sqs_queue.dlq.url
}

output "dlq_arn" {
  description = "The --source-arn of `aws sqs start-message-move-task`."
  value       = aws_sqs_queue.dlq.arn
}

output "worker_policy_arn" {
  description = "Attach it to the role that the worker runs as."
  value       = aws_iam_policy.worker.arn
}

output "alarm_names" {
  description = "For a composite alarm or a dashboard."
  value = [
    aws_cloudwatch_metric_alarm.dead_letters.alarm_name,
    aws_cloudwatch_metric_alarm.dead_letters_expire.alarm_name,
    aws_cloudwatch_metric_alarm.late.alarm_name,
    aws_cloudwatch_metric_alarm.in_flight.alarm_name,
    aws_cloudwatch_metric_alarm.polling_waste.alarm_name,
    aws_cloudwatch_metric_alarm.stalled.alarm_name,
  ]
}
