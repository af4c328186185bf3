output "queue_url" {
  description = "URL of the queue, for `url` in longshore.toml. With it the worker does not call GetQueueUrl."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "ARN of the queue, for the IAM policies of senders."
  value       = aws_sqs_queue.this.arn
}

output "queue_name" {
  description = "Name of the queue, for `name` in longshore.toml and for dashboards."
  value       = aws_sqs_queue.this.name
}

output "dlq_url" {
  description = "URL of the dead-letter queue, to read dead letters."
  value       = aws_sqs_queue.dlq.url
}

output "dlq_arn" {
  description = "ARN of the dead-letter queue, for --source-arn of `aws sqs start-message-move-task`."
  value       = aws_sqs_queue.dlq.arn
}

output "worker_policy_arn" {
  description = "ARN of the worker's policy. Attach it to the role that the worker runs as."
  value       = aws_iam_policy.worker.arn
}

output "alarm_names" {
  description = "Names of the alarms, for a composite alarm or a dashboard."
  value = [
    aws_cloudwatch_metric_alarm.dead_letters.alarm_name,
    aws_cloudwatch_metric_alarm.dead_letters_expire.alarm_name,
    aws_cloudwatch_metric_alarm.late.alarm_name,
    aws_cloudwatch_metric_alarm.in_flight.alarm_name,
    aws_cloudwatch_metric_alarm.polling_waste.alarm_name,
    aws_cloudwatch_metric_alarm.stalled.alarm_name,
  ]
}
