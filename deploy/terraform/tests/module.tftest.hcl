# Run with `terraform test`. It needs no AWS account, because it creates nothing. It needs the
# provider that `terraform init` installs.

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

run "uses_long_polling_and_keeps_dead_letters_longer" {
  command = apply

  assert {
    condition     = aws_sqs_queue.this.receive_wait_time_seconds == 20
    error_message = "A consumer that sets no wait must use long polling."
  }
  assert {
    condition     = aws_sqs_queue.dlq.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    error_message = "The dead-letter queue must keep messages longer, because a message keeps its age when it moves."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 5
    error_message = "maxReceiveCount must be a number."
  }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dlq.sqs_managed_sse_enabled
    error_message = "Both queues must be encrypted."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dlq.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.this.arn] }
    error_message = "Only the source queue may use this dead-letter queue."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "The queue must deny plain HTTP."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dlq.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.dlq.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "The dead-letter queue must deny plain HTTP."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement == [{ Sid = "WorkTheQueue", Effect = "Allow", Action = local.worker_actions, Resource = aws_sqs_queue.this.arn }, { Sid = "CountDeadLetters", Effect = "Allow", Action = ["sqs:GetQueueAttributes"], Resource = aws_sqs_queue.dlq.arn }]
    error_message = "The policy must contain only the worker's actions on its queue, and counting dead letters. Without kms_key_arn it must not allow kms:Decrypt."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.worker) == 0
    error_message = "Without worker_role_name the policy must not be attached."
  }
}

run "allows_sending_to_the_dead_letter_queue_only_to_move_rejected_messages" {
  command = apply

  variables {
    move_rejected = true
    kms_key_arn   = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sqs:SendMessage")] == [aws_sqs_queue.dlq.arn]
    error_message = "Sending must be allowed on the dead-letter queue, and nowhere else."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement[3].Action == ["kms:Decrypt", "kms:GenerateDataKey"]
    error_message = "Sending to an encrypted queue needs a data key."
  }
}

run "allows_periodic_tasks_only_where_they_are_sent" {
  command = apply

  variables {
    send_periodic_tasks      = true
    periodic_tasks_table_arn = "arn:aws:dynamodb:us-east-1:123456789012:table/longshore-cron"
    kms_key_arn              = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sqs:SendMessage")] == [aws_sqs_queue.this.arn]
    error_message = "Sending must be allowed on the queue, and nowhere else."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "dynamodb:UpdateItem")] == [var.periodic_tasks_table_arn]
    error_message = "Items must be changed in the table of the periodic tasks, and nowhere else."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement[4].Action == ["kms:Decrypt", "kms:GenerateDataKey"]
    error_message = "Sending to an encrypted queue needs a data key."
  }
}

run "allows_reading_payloads_of_the_named_buckets_only" {
  command = apply

  variables {
    payload_buckets = ["order-payloads"]
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : statement.Action if startswith(statement.Sid, "ReadPayloads")] == [["s3:GetObject"]]
    error_message = "Without delete_payloads the worker must not be allowed to delete objects."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : endswith(statement.Resource[0], ":s3:::order-payloads") if statement.Action == ["s3:ListBucket"]] == [true]
    error_message = "Listing must be allowed on the bucket, so that a missing object is not a refused one."
  }
}

run "allows_deleting_payloads_only_if_asked_to" {
  command = apply

  variables {
    payload_buckets = ["order-payloads"]
    delete_payloads = true
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.worker.policy).Statement : statement.Action if startswith(statement.Sid, "ReadPayloads")] == [["s3:GetObject", "s3:DeleteObject"]]
    error_message = "The worker must be allowed to delete objects."
  }
}

run "encrypts_both_queues_with_a_customer_key" {
  command = apply

  variables {
    kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    worker_role_name = "orders-worker"
  }

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dlq.kms_master_key_id == var.kms_key_arn
    error_message = "Both queues must be encrypted with kms_key_arn."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement[1].Action == ["sqs:GetQueueAttributes"]
    error_message = "On the dead-letter queue the worker must be allowed to count the messages, and nothing else."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.worker.policy).Statement[2].Action == ["kms:Decrypt"]
    error_message = "The worker must be allowed to decrypt and not to encrypt."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.worker) == 1
    error_message = "The policy must be attached to worker_role_name."
  }
}

run "rejects_short_polling" {
  command = plan
  variables {
    receive_wait_time_seconds = 0
  }
  expect_failures = [var.receive_wait_time_seconds]
}

run "rejects_a_dead_letter_retention_that_is_too_short" {
  command = plan
  variables {
    dlq_message_retention_seconds = 345600
  }
  expect_failures = [var.dlq_message_retention_seconds]
}

run "rejects_a_dead_letter_queue_after_one_delivery" {
  command = plan
  variables {
    max_receive_count = 1
  }
  expect_failures = [var.max_receive_count]
}

run "rejects_a_fifo_queue" {
  command = plan
  variables {
    name = "orders.fifo"
  }
  expect_failures = [var.name]
}

run "rejects_a_key_alias" {
  command = plan
  variables {
    kms_key_arn = "alias/orders"
  }
  expect_failures = [var.kms_key_arn]
}

run "rejects_a_late_alarm_after_the_retention_period" {
  command = plan
  variables {
    late_after_seconds = 345600
  }
  expect_failures = [var.late_after_seconds]
}
