# Alarms that combine several metrics.

locals {
  # For one hour. The floor is three full long polls per minute for each poller, the minimum that
  # long polling needs.
  waste_floor      = var.pollers * 180
  waste_expression = "IF(empty > ${local.waste_floor}, empty - ${local.waste_floor}, 0) * ${var.price_per_million_usd} / 1000000 * 720"
}

# CloudWatch counts the empty receives of all consumers, including those that are not Longshore.
resource "aws_cloudwatch_metric_alarm" "polling_waste" {
  alarm_name        = "${var.name}-polling-waste"
  alarm_description = "At the rate of the last hour, avoidable empty receives of ${var.name} cost more than ${var.waste_budget_per_month_usd} US dollars in 30 days. A consumer uses short polling. Set its wait to 20 s. ${local.runbooks}LongshorePollingWaste.md"

  metric_query {
    id          = "waste"
    expression  = local.waste_expression
    label       = "US dollars in 30 days"
    return_data = true
  }

  metric_query {
    id          = "empty"
    return_data = false

    metric {
      namespace   = "AWS/SQS"
      metric_name = "NumberOfEmptyReceives"
      dimensions  = { QueueName = aws_sqs_queue.this.name }
      stat        = "Sum"
      period      = 3600
    }
  }

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.waste_budget_per_month_usd
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}

# Messages that are delayed or in back-off are not visible and do not count.
resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name        = "${var.name}-stalled"
  alarm_description = "${var.name} has had visible messages for 15 minutes, and no consumer received any. No worker runs, or SQS denies its requests. ${local.runbooks}LongshorePollersStalled.md"

  metric_query {
    id          = "stalled"
    expression  = "IF((visible > 0) AND (FILL(received, 0) == 0), 1, 0)"
    label       = "messages are visible and none is received"
    return_data = true
  }

  metric_query {
    id          = "visible"
    return_data = false

    metric {
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.this.name }
      stat        = "Minimum"
      period      = 300
    }
  }

  metric_query {
    id          = "received"
    return_data = false

    metric {
      namespace   = "AWS/SQS"
      metric_name = "NumberOfMessagesReceived"
      dimensions  = { QueueName = aws_sqs_queue.this.name }
      stat        = "Sum"
      period      = 300
    }
  }

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"

  actions_enabled           = true
  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = []
  tags                      = var.tags
}
