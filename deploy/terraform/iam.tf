locals {
  # All calls that the worker makes, and no others; a test compares them with the source. A batch
  # call is authorized under the name of its single action.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
  worker_actions = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
  ]

  # On the dead-letter queue, and only to move rejected messages.
  dead_letter_actions = ["sqs:SendMessage"]

  # On the queue, and only to send periodic tasks; and on their table.
  periodic_task_actions       = ["sqs:SendMessage"]
  periodic_task_table_actions = ["dynamodb:UpdateItem"]

  worker_sends = var.move_rejected || var.send_periodic_tasks

  # On the objects with payloads that are too large for SQS.
  payload_actions = var.delete_payloads ? ["s3:GetObject", "s3:DeleteObject"] : ["s3:GetObject"]

  partition = split(":", aws_sqs_queue.this.arn)[1]

  worker_statements = concat(
    [{
      Sid      = "WorkTheQueue"
      Effect   = "Allow"
      Action   = local.worker_actions
      Resource = aws_sqs_queue.this.arn
    }],
    # For the number of its messages, which the alert LongshoreDeadLetters needs.
    [{
      Sid      = "CountDeadLetters"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes"]
      Resource = aws_sqs_queue.dlq.arn
    }],
    # With on_reject = "dead_letter" the worker sends rejected messages there.
    var.move_rejected ? [{
      Sid      = "MoveRejectedMessages"
      Effect   = "Allow"
      Action   = local.dead_letter_actions
      Resource = aws_sqs_queue.dlq.arn
    }] : [],
    # With cron the worker sends the messages of periodic tasks.
    var.send_periodic_tasks ? [{
      Sid      = "SendPeriodicTasks"
      Effect   = "Allow"
      Action   = local.periodic_task_actions
      Resource = aws_sqs_queue.this.arn
    }] : [],
    # With cron_table one of several workers sends each of them.
    var.periodic_tasks_table_arn == null ? [] : [{
      Sid      = "ClaimPeriodicTasks"
      Effect   = "Allow"
      Action   = local.periodic_task_table_actions
      Resource = var.periodic_tasks_table_arn
    }],
    length(var.payload_buckets) == 0 ? [] : [
      {
        Sid      = "ReadPayloads"
        Effect   = "Allow"
        Action   = local.payload_actions
        Resource = [for bucket in var.payload_buckets : "arn:${local.partition}:s3:::${bucket}/*"]
      },
      # Without it, S3 refuses the request for a missing object instead of saying that it is missing.
      {
        Sid      = "TellMissingPayloads"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [for bucket in var.payload_buckets : "arn:${local.partition}:s3:::${bucket}"]
      },
    ],
    # Receiving decrypts messages. A sender also needs kms:GenerateDataKey.
    var.kms_key_arn == null ? [] : [{
      Sid      = "ReadWhatIsEncrypted"
      Effect   = "Allow"
      Action   = local.worker_sends ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
      Resource = var.kms_key_arn
    }],
  )
}

resource "aws_iam_policy" "worker" {
  name        = "longshore-${var.name}"
  path        = "/"
  description = "Permissions of a Longshore worker on the queue ${var.name}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.worker_statements
  })

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "worker" {
  count = var.worker_role_name == null ? 0 : 1

  role       = var.worker_role_name
  policy_arn = aws_iam_policy.worker.arn
}
