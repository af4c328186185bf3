"""What SQS documents, on the local queue server: with boto3 and other clients."""
