variable "cluster" {
  description = "Name of the EKS cluster. It needs the add-on eks-pod-identity-agent."
  type        = string
}

variable "alarm_mail" {
  description = "Mail address that gets the alarms."
  type        = string
}

variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "Name of the queue, and of the Helm release."
  type        = string
  default     = "orders"
}

variable "namespace" {
  description = "Namespace of the worker."
  type        = string
  default     = "shop"
}

variable "max_workers" {
  description = "Maximum number of workers: autoscaling.maxReplicas in values.yaml."
  type        = number
  default     = 10
}

variable "keda_role_name" {
  description = "Role that the service account of KEDA already has. It gets one more permission. Without it, this example creates the role of KEDA: a service account can have only one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = { app = "shop" }
}
