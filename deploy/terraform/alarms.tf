# Alarms for installations without Prometheus. CloudWatch has one value per minute for each queue.
# After hours without activity, the metrics of a queue can be up to 15 minutes late.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html

locals {
  alarms_doc = "${var.docs_url}deploy/terraform.md"
  runbooks   = "${var.docs_url}runbooks/"
}

# The alarm uses the visible messages, because NumberOfMessagesSent does not count messages that SQS
# moves to the dead-letter queue.
resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name        = "${var.name}-dead-letters"
  alarm_description = "Messages of ${var.name} failed ${var.max_receive_count} times and are in ${var.name}-dlq. Read one, fix the cause, then redrive all of them. ${local.alarms_doc}#dead-letters"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = aws_sqs_queue.dlq.name }
  statistic   = "Maximum"
  period      = 60

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}

# SQS reports the age of a dead letter since the move, but deletes it by the time of the first send.
# Before the move, it may have spent the whole retention period in the source queue.
resource "aws_cloudwatch_metric_alarm" "dead_letters_expire" {
  alarm_name        = "${var.name}-dead-letters-expire"
  alarm_description = "SQS may start to delete dead letters of ${var.name} within one day. Deleted messages cannot be recovered. Redrive or save them now. ${local.alarms_doc}#dead-letters-expire"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateAgeOfOldestMessage"
  dimensions  = { QueueName = aws_sqs_queue.dlq.name }
  statistic   = "Maximum"
  period      = 300

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.dlq_message_retention_seconds - var.message_retention_seconds - 86400
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}

# SQS does not count a message for this age after it was received three times. The alarm on the
# dead-letter queue covers such messages.
resource "aws_cloudwatch_metric_alarm" "late" {
  alarm_name        = "${var.name}-late"
  alarm_description = "The oldest message of ${var.name} has waited for more than ${var.late_after_seconds} s. Check for slow or failing handlers, or add workers. ${local.alarms_doc}#late"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateAgeOfOldestMessage"
  dimensions  = { QueueName = aws_sqs_queue.this.name }
  statistic   = "Maximum"
  period      = 60

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.late_after_seconds
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}

# Above the quota a long poll returns no error, so a queue with too many messages in flight looks
# empty.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
resource "aws_cloudwatch_metric_alarm" "in_flight" {
  alarm_name        = "${var.name}-in-flight"
  alarm_description = "More than ${var.in_flight_limit} messages of ${var.name} are in flight. At 120,000 SQS returns no more messages and no error. A consumer receives messages and does not delete them. ${local.alarms_doc}#in-flight"

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesNotVisible"
  dimensions  = { QueueName = aws_sqs_queue.this.name }
  statistic   = "Maximum"
  period      = 60

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.in_flight_limit
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}
