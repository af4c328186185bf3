# Variables of the queue and its dead-letter queue. variables_alarms.tf contains those of the
# alarms.

variable "name" {
  description = "Name of the queue. The dead-letter queue has the same name with the suffix -dlq."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,76}$", var.name))
    error_message = "Use 1 to 76 letters, digits, hyphens and underscores. SQS allows 80 characters, and the suffix -dlq needs 4 of them. This module creates no FIFO queues."
  }
}

variable "receive_wait_time_seconds" {
  description = "Wait in seconds of a receive that does not set its own wait. Longshore sets its own; this value applies to other consumers."
  type        = number
  default     = 20

  validation {
    condition     = var.receive_wait_time_seconds >= 1 && var.receive_wait_time_seconds <= 20
    error_message = "Use 1 to 20. 0 is short polling: SQS bills each empty receive."
  }
}

variable "visibility_timeout_seconds" {
  description = "Seconds for which a received message stays hidden. Keep it equal to `visibility` in longshore.toml, which takes precedence."
  type        = number
  default     = 60

  validation {
    condition     = var.visibility_timeout_seconds >= 10 && var.visibility_timeout_seconds <= 43200
    error_message = "Use 10 to 43200 seconds (12 hours)."
  }
}

variable "message_retention_seconds" {
  description = "Seconds after sending when SQS deletes a message that no consumer has deleted."
  type        = number
  default     = 345600 # 4 days, the default of SQS

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1036800
    error_message = "Use 60 to 1036800 seconds (12 days). The dead-letter queue must keep messages 2 days longer, and its maximum is 14 days."
  }
}

variable "dlq_message_retention_seconds" {
  description = "The same for the dead-letter queue. SQS counts from the first send, so a message keeps its age when it moves."
  type        = number
  default     = 1209600 # 14 days, the maximum of SQS

  validation {
    condition     = var.dlq_message_retention_seconds >= var.message_retention_seconds + 172800 && var.dlq_message_retention_seconds <= 1209600
    error_message = "Use at least message_retention_seconds plus 172800 (2 days), and at most 1209600 (14 days). Otherwise SQS deletes old messages soon after they move to the dead-letter queue."
  }
}

variable "max_receive_count" {
  description = "Number of deliveries after which SQS moves a message to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.max_receive_count >= 3 && var.max_receive_count <= 1000
    error_message = "Use 3 to 1000. Each message that is released on shutdown has used one delivery."
  }
}

variable "delay_seconds" {
  description = "Seconds for which each message stays hidden after it is sent."
  type        = number
  default     = 0

  validation {
    condition     = var.delay_seconds >= 0 && var.delay_seconds <= 900
    error_message = "Use 0 to 900 seconds."
  }
}

variable "max_message_size" {
  description = "Maximum size of a message in bytes. More than 262144 needs provider 6.8 or later. SQS bills each 64 KiB as one request."
  type        = number
  default     = 262144

  validation {
    condition     = var.max_message_size >= 1024 && var.max_message_size <= 1048576
    error_message = "Use 1024 bytes (1 KiB) to 1048576 bytes (1 MiB)."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts both queues. Null: use SQS's own key, which is free and needs no permission."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "Use the ARN of a key. IAM policies do not accept an alias."
  }
}

variable "kms_data_key_reuse_period_seconds" {
  description = "Seconds for which SQS reuses a data key before it requests the next one from KMS, which KMS bills. Applies only with kms_key_arn."
  type        = number
  default     = 300

  validation {
    condition     = var.kms_data_key_reuse_period_seconds >= 60 && var.kms_data_key_reuse_period_seconds <= 86400
    error_message = "Use 60 to 86400 seconds (1 day)."
  }
}

variable "queue_policy_statements" {
  description = "Additional statements for the queue's policy, to let SNS, EventBridge or another account send messages. Senders in the same account need no statement."
  type        = any
  default     = []
}

variable "worker_role_name" {
  description = "Name of the role to attach the worker's policy to. The name must be known at plan time. Null: attach the output worker_policy_arn yourself."
  type        = string
  default     = null
}

variable "move_rejected" {
  description = "Whether the worker may send messages to the dead-letter queue. Needed for `on_reject = \"dead_letter\"` in longshore.toml."
  type        = bool
  default     = false
}

variable "send_periodic_tasks" {
  description = "Whether the worker may send messages to the queue. Needed for `cron` in longshore.toml."
  type        = bool
  default     = false
}

variable "periodic_tasks_table_arn" {
  description = "ARN of the DynamoDB table by which workers agree on the one that sends a periodic task. Needed for `cron_table` in longshore.toml. Null: none."
  type        = string
  default     = null
}

variable "payload_buckets" {
  description = "Names of the buckets of `payloads.buckets` in longshore.toml. The worker may read their objects."
  type        = list(string)
  default     = []
}

variable "delete_payloads" {
  description = "Whether the worker may delete objects of payload_buckets. Needed for `payloads.delete = true` in longshore.toml."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
}
