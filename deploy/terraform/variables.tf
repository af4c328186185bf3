# The queue and its dead-letter queue. What alarms look at is in variables_alarms.tf.

variable "name" {
  description = "Name of the queue; the dead-letter queue's is the same with -dlq."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,76}$", var.name))
    error_message = "1 to 76 letters, digits, hyphens and underscores: SQS allows 80, of which -dlq takes four. FIFO queues are not worked by Longshore."
  }
}

variable "receive_wait_time_seconds" {
  description = "How long a receive that names no wait of its own waits for a message. Longshore names one; this is for everybody else."
  type        = number
  default     = 20

  validation {
    condition     = var.receive_wait_time_seconds >= 1 && var.receive_wait_time_seconds <= 20
    error_message = "From 1 to 20. 0 is short polling: every empty look is billed."
  }
}

variable "visibility_timeout_seconds" {
  description = "How long a message stays hidden once received. Keep it equal to `visibility` in longshore.toml, which goes first."
  type        = number
  default     = 60

  validation {
    condition     = var.visibility_timeout_seconds >= 10 && var.visibility_timeout_seconds <= 43200
    error_message = "From 10 seconds to 12 hours."
  }
}

variable "message_retention_seconds" {
  description = "When a message that nobody deleted is deleted by SQS, counted from its sending."
  type        = number
  default     = 345600 # 4 days, SQS's own default

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1036800
    error_message = "From a minute to 12 days: the dead-letter queue keeps messages for 14 at most, and needs two more than this one."
  }
}

variable "dlq_message_retention_seconds" {
  description = "The same for the dead-letter queue. It too counts from the first sending: a message comes there with its age."
  type        = number
  default     = 1209600 # 14 days, the most there is

  validation {
    condition     = var.dlq_message_retention_seconds >= var.message_retention_seconds + 172800 && var.dlq_message_retention_seconds <= 1209600
    error_message = "Two days more than message_retention_seconds at least, 14 days at most: or what arrives old is deleted before anybody looks."
  }
}

variable "max_receive_count" {
  description = "How often a message is delivered before it goes to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.max_receive_count >= 3 && var.max_receive_count <= 1000
    error_message = "From 3 to 1000. A stop gives back what it has not started, and each giving back has used one up."
  }
}

variable "delay_seconds" {
  description = "How long every message stays hidden after it was sent."
  type        = number
  default     = 0

  validation {
    condition     = var.delay_seconds >= 0 && var.delay_seconds <= 900
    error_message = "From 0 to 900."
  }
}

variable "max_message_size" {
  description = "Bytes that a message may have. More than 262144 needs provider 6.8 or later. Each 64 KiB are billed as a request."
  type        = number
  default     = 262144

  validation {
    condition     = var.max_message_size >= 1024 && var.max_message_size <= 1048576
    error_message = "From 1 KiB to 1 MiB."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts both queues. Null: SQS's own key, which costs nothing and needs no permission."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "The ARN of a key. IAM does not understand an alias."
  }
}

variable "kms_data_key_reuse_period_seconds" {
  description = "How long SQS uses a data key before it asks KMS, for money, for the next. Heeded with kms_key_arn alone."
  type        = number
  default     = 300

  validation {
    condition     = var.kms_data_key_reuse_period_seconds >= 60 && var.kms_data_key_reuse_period_seconds <= 86400
    error_message = "From a minute to a day."
  }
}

variable "queue_policy_statements" {
  description = "More statements for the queue's policy: for SNS, EventBridge or another account that sends. Nobody needs one to send from this account."
  type        = any
  default     = []
}

variable "worker_role_name" {
  description = "Role to attach the worker's policy to; its name must be known when planning. Null: attach output worker_policy_arn yourself."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
}
