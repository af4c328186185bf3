# EKS Pod Identity: a role for each service account, without a key in the cluster.
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html

locals {
  pod_identity = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
    }]
  })
}

# The module attaches the worker's policy to this role.
resource "aws_iam_role" "worker" {
  name               = "${var.name}-worker"
  assume_role_policy = local.pod_identity
  tags               = var.tags
}

resource "aws_eks_pod_identity_association" "worker" {
  cluster_name    = var.cluster
  namespace       = var.namespace
  service_account = "${var.name}-longshore" # the name that the Helm chart gives to release var.name
  role_arn        = aws_iam_role.worker.arn
  tags            = var.tags
}

# KEDA reads the number of messages, and nothing else.
resource "aws_iam_role" "keda" {
  count = var.keda_role_name == null ? 1 : 0

  name               = "${var.name}-keda"
  assume_role_policy = local.pod_identity
  tags               = var.tags
}

resource "aws_eks_pod_identity_association" "keda" {
  count = var.keda_role_name == null ? 1 : 0

  cluster_name    = var.cluster
  namespace       = "keda"
  service_account = "keda-operator"
  role_arn        = aws_iam_role.keda[0].arn
  tags            = var.tags
}

resource "aws_iam_role_policy" "keda" {
  name = "${var.name}-backlog"
  role = var.keda_role_name == null ? aws_iam_role.keda[0].name : var.keda_role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sqs:GetQueueAttributes"
      Resource = module.orders.queue_arn
    }]
  })
}
