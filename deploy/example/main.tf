# All AWS resources of a worker on EKS: the queue and its dead-letter queue, alarms by mail, and the
# identities of the worker and of KEDA. docs/deploy/example.md has the steps.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "orders" {
  source = "../terraform"

  name             = var.name
  worker_role_name = aws_iam_role.worker.name
  alarm_actions    = [aws_sns_topic.alarms.arn]
  ok_actions       = [aws_sns_topic.alarms.arn]
  pollers          = var.max_workers
  tags             = var.tags
}

# CloudWatch cannot publish to a topic that is encrypted with the key that AWS manages.
resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
  tags = var.tags
}

# AWS sends a mail with a link that confirms the subscription.
resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_mail
}
