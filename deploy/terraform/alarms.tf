# For those without Prometheus. CloudWatch has one value a minute of each queue; after hours of silence a queue's
# metrics may be up to 15 minutes late.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html

locals {
  alarms_doc = "${var.docs_url}deploy/terraform.md"
  runbooks   = "${var.docs_url}runbooks/"
}

# What SQS moves by itself is not among the messages sent to the dead-letter queue: those that lie there count.
resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name        = "${var.name}-dead-letters"
  alarm_description = "Messages of ${var.name} failed ${var.max_receive_count} times, and wait in ${var.name}-dlq. Read one, mend the cause, then redrive them all. ${local.alarms_doc}#dead-letters"

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

# The age of a dead letter counts from its move, its end from its sending: it may have spent the whole retention of
# the queue there before.
resource "aws_cloudwatch_metric_alarm" "dead_letters_expire" {
  alarm_name        = "${var.name}-dead-letters-expire"
  alarm_description = "Within a day SQS may begin to delete dead letters of ${var.name}, for good. Redrive or save them now. ${local.alarms_doc}#dead-letters-expire"

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

# A message that failed three times no longer counts for this age; the dead-letter queue tells of it.
resource "aws_cloudwatch_metric_alarm" "late" {
  alarm_name        = "${var.name}-late"
  alarm_description = "The oldest message of ${var.name} waits for more than ${var.late_after_seconds} s. More workers, or handlers that are slow or fail. ${local.alarms_doc}#late"

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

# Beyond the quota a long poll gets no error: a queue with too much in flight looks like an empty one.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
resource "aws_cloudwatch_metric_alarm" "in_flight" {
  alarm_name        = "${var.name}-in-flight"
  alarm_description = "More than ${var.in_flight_limit} messages of ${var.name} are in flight. At 120,000 SQS hands out no more, and says nothing. Somebody receives and does not delete. ${local.alarms_doc}#in-flight"

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
