# Alarms on what no single metric says.

locals {
  # Of an hour. The floor are three full long polls a minute by each poller: there is no cheaper way to listen.
  waste_floor      = var.pollers * 180
  waste_expression = "IF(empty > ${local.waste_floor}, empty - ${local.waste_floor}, 0) * ${var.price_per_million_usd} / 1000000 * 720"
}

# CloudWatch counts the empty receives of everybody, also of those who are not Longshore.
resource "aws_cloudwatch_metric_alarm" "polling_waste" {
  alarm_name        = "${var.name}-polling-waste"
  alarm_description = "At the pace of the last hour, avoidable empty receives of ${var.name} cost more than ${var.waste_budget_per_month_usd} dollars in 30 days. Somebody polls short: set the wait to 20 s. ${local.runbooks}LongshorePollingWaste.md"

  metric_query {
    id          = "waste"
    expression  = local.waste_expression
    label       = "dollars in 30 days"
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

# Messages that wait out their delay or a back-off are not visible, and do not count.
resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name        = "${var.name}-stalled"
  alarm_description = "For 15 minutes ${var.name} has had messages, and none was received. No worker runs, or SQS refuses it. ${local.runbooks}LongshorePollersStalled.md"

  metric_query {
    id          = "stalled"
    expression  = "IF((visible > 0) AND (FILL(received, 0) == 0), 1, 0)"
    label       = "messages wait and nobody receives"
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
