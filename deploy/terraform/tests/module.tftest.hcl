# `terraform test`: no account is needed, for nothing is made. Needs the provider, as `terraform init` brings it.

mock_provider "aws" {
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:123456789012:mocked" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }
}

variables {
  name = "orders"
}

run "polls_long_and_keeps_dead_letters_longer" {
  command = apply

  assert {
    condition     = aws_sqs_queue.this.receive_wait_time_seconds == 20
    error_message = "Whoever names no wait must poll long."
  }
  assert {
    condition     = aws_sqs_queue.dlq.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    error_message = "A message comes to the dead-letter queue with its age."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 5
    error_message = "maxReceiveCount must be a number."
  }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dlq.sqs_managed_sse_enabled
    error_message = "Both queues are encrypted."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dlq.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.this.arn] }
    error_message = "No other queue sends its dead letters here."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "Nobody speaks to the queue in the clear."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dlq.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.dlq.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "Nor to its dead letters."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement == [{ Sid = "WorkTheQueue", Effect = "Allow", Action = local.worker_actions, Resource = aws_sqs_queue.this.arn }]
    error_message = "The worker's actions, on its queue, and no more: without a key of one's own there is nothing to decrypt with."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.worker) == 0
    error_message = "No role was named."
  }
}

run "encrypts_with_a_key_of_ones_own" {
  command = apply

  variables {
    kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    worker_role_name = "orders-worker"
  }

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dlq.kms_master_key_id == var.kms_key_arn
    error_message = "Both queues are encrypted with it."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement[1].Action == ["kms:Decrypt"]
    error_message = "The worker reads, and never encrypts."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.worker) == 1
    error_message = "The policy is attached to the role that was named."
  }
}

run "refuses_short_polling" {
  command = plan
  variables {
    receive_wait_time_seconds = 0
  }
  expect_failures = [var.receive_wait_time_seconds]
}

run "refuses_dead_letters_that_end_too_early" {
  command = plan
  variables {
    dlq_message_retention_seconds = 345600
  }
  expect_failures = [var.dlq_message_retention_seconds]
}

run "refuses_to_give_up_after_one_delivery" {
  command = plan
  variables {
    max_receive_count = 1
  }
  expect_failures = [var.max_receive_count]
}

run "refuses_fifo" {
  command = plan
  variables {
    name = "orders.fifo"
  }
  expect_failures = [var.name]
}

run "refuses_the_alias_of_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/orders"
  }
  expect_failures = [var.kms_key_arn]
}

run "refuses_to_be_told_of_a_message_after_its_end" {
  command = plan
  variables {
    late_after_seconds = 345600
  }
  expect_failures = [var.late_after_seconds]
}
