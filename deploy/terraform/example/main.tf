# A queue, the role of an ECS task that consumes it, and an SNS topic for the alarms.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "us-east-1"
}

provider "aws" {
  region = var.region
}

resource "aws_sns_topic" "alarms" {
  name              = "orders-alarms"
  kms_master_key_id = null # CloudWatch cannot publish to a topic that is encrypted with the AWS managed key
}

resource "aws_iam_role" "worker" {
  name = "orders-worker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

module "orders" {
  source = "../"

  name             = "orders"
  worker_role_name = aws_iam_role.worker.name
  alarm_actions    = [aws_sns_topic.alarms.arn]
  ok_actions       = [aws_sns_topic.alarms.arn]
  pollers          = 10 # the maximum number of tasks of the service
  tags             = { app = "shop" }
}

output "queue_url" {
  description = "URL of the queue, for `url` in longshore.toml."
  value       = module.orders.queue_url
}

output "worker_role_arn" {
  description = "ARN of the worker's role, for taskRoleArn in the task definition."
  value       = aws_iam_role.worker.arn
}
