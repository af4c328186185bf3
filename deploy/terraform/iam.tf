locals {
  # Every call that the worker makes, and no other; a test compares. Batch calls go by the name of the single one.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
  worker_actions = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
  ]

  worker_statements = concat(
    [{
      Sid      = "WorkTheQueue"
      Effect   = "Allow"
      Action   = local.worker_actions
      Resource = aws_sqs_queue.this.arn
    }],
    # Receiving decrypts. Who sends needs kms:GenerateDataKey as well.
    var.kms_key_arn == null ? [] : [{
      Sid      = "ReadWhatIsEncrypted"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = var.kms_key_arn
    }],
  )
}

resource "aws_iam_policy" "worker" {
  name        = "longshore-${var.name}"
  path        = "/"
  description = "What a Longshore worker does with the queue ${var.name}"

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
