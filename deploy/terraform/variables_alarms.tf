variable "alarm_actions" {
  description = "ARNs that are told when an alarm begins, such as an SNS topic. Empty: the alarms are there, and silent."
  type        = list(string)
  default     = []
}

variable "ok_actions" {
  description = "ARNs that are told when it is over."
  type        = list(string)
  default     = []
}

variable "docs_url" {
  description = "Where runbooks are read; alarms link to it. Change it if you keep a copy."
  type        = string
  default     = "https://github.com/longshore/longshore/blob/main/docs/"

  validation {
    condition     = endswith(var.docs_url, "/")
    error_message = "End it with a slash."
  }
}

variable "pollers" {
  description = "Receives that are open at once while the queue is idle: one a worker. Three a minute each are the least that listening takes, and no waste."
  type        = number
  default     = 10

  validation {
    condition     = var.pollers >= 1
    error_message = "At least 1."
  }
}

variable "price_per_million_usd" {
  description = "What SQS bills for a million requests; differs by region. Keep it equal to `price_per_million_usd` in longshore.toml."
  type        = number
  default     = 0.4

  validation {
    condition     = var.price_per_million_usd > 0
    error_message = "More than 0."
  }
}

variable "waste_budget_per_month_usd" {
  description = "What avoidable empty receives may cost in 30 days, as `waste_budget_per_month` in longshore.toml."
  type        = number
  default     = 50

  validation {
    condition     = var.waste_budget_per_month_usd >= 0
    error_message = "0 or more."
  }
}

variable "late_after_seconds" {
  description = "Age of the oldest message at which somebody should look."
  type        = number
  default     = 600

  validation {
    condition     = var.late_after_seconds >= 60 && var.late_after_seconds < var.message_retention_seconds
    error_message = "At least a minute, and less than message_retention_seconds, when it is deleted."
  }
}

variable "in_flight_limit" {
  description = "Messages in flight at which somebody should look. SQS hands out no more at about 120,000."
  type        = number
  default     = 96000 # 80 %

  validation {
    condition     = var.in_flight_limit >= 1 && var.in_flight_limit < 120000
    error_message = "From 1 to below 120000."
  }
}
