variable "alarm_actions" {
  description = "ARNs to notify when an alarm starts, for example an SNS topic. Empty: the alarms exist but notify no target."
  type        = list(string)
  default     = []
}

variable "ok_actions" {
  description = "ARNs to notify when an alarm ends."
  type        = list(string)
  default     = []
}

variable "docs_url" {
  description = "Base URL of the documentation that alarms link to. Change it if you host a copy."
  type        = string
  default     = "https://github.com/longshore/longshore/blob/main/docs/"

  validation {
    condition     = endswith(var.docs_url, "/")
    error_message = "The URL must end with a slash."
  }
}

variable "pollers" {
  description = "Number of receives that are open at the same time while the queue is idle: one per worker. Three empty receives per minute for each are unavoidable and are not counted as waste."
  type        = number
  default     = 10

  validation {
    condition     = var.pollers >= 1
    error_message = "Use at least 1."
  }
}

variable "price_per_million_usd" {
  description = "Price of one million SQS requests in US dollars, which depends on the region. Keep it equal to `price_per_million_usd` in longshore.toml."
  type        = number
  default     = 0.4

  validation {
    condition     = var.price_per_million_usd > 0
    error_message = "Use a value greater than 0."
  }
}

variable "waste_budget_per_month_usd" {
  description = "Maximum cost of avoidable empty receives in 30 days, in US dollars. Same meaning as `waste_budget_per_month` in longshore.toml."
  type        = number
  default     = 50

  validation {
    condition     = var.waste_budget_per_month_usd >= 0
    error_message = "Use 0 or more."
  }
}

variable "late_after_seconds" {
  description = "Age of the oldest message, in seconds, above which the alarm `late` fires."
  type        = number
  default     = 600

  validation {
    condition     = var.late_after_seconds >= 60 && var.late_after_seconds < var.message_retention_seconds
    error_message = "Use at least 60 seconds and less than message_retention_seconds, after which SQS deletes the message."
  }
}

variable "in_flight_limit" {
  description = "Number of messages in flight above which the alarm `in-flight` fires. SQS returns no more messages at about 120,000."
  type        = number
  default     = 96000 # 80 %

  validation {
    condition     = var.in_flight_limit >= 1 && var.in_flight_limit < 120000
    error_message = "Use at least 1 and less than 120000."
  }
}
