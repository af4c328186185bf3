"""Regions and accounts: those of the client's credential."""

from queue_server.calls import SQS, attributes, batch, bodies, elsewhere, name, refused, send


def created(sqs, called, **more):
    return sqs.create_queue(QueueName=called, **more)["QueueUrl"]


def arn(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_queues_of_two_regions_are_apart():
    called, other = name(), elsewhere(region="eu-west-1")
    url = created(SQS, called)
    refused(batch("NonExistentQueue"), 400, other.get_queue_url, QueueName=called)
    created(other, called, Attributes={"VisibilityTimeout": "77"})
    send(url, "in us-east-1")
    assert "Messages" not in other.receive_message(QueueUrl=url)
    assert bodies(url) == ["in us-east-1"]
    assert arn(SQS, url) == f"arn:aws:sqs:us-east-1:000000000000:{called}"
    assert arn(other, url) == f"arn:aws:sqs:eu-west-1:000000000000:{called}"
    assert attributes(url, "VisibilityTimeout") == {"VisibilityTimeout": "30"}
    other.delete_queue(QueueUrl=url)
    assert SQS.get_queue_url(QueueName=called)["QueueUrl"] == url


def test_a_key_of_twelve_digits_is_an_account():
    called, other = name(), elsewhere(key="123456789012")
    url = created(other, called)
    assert url.endswith(f"/123456789012/{called}")
    assert arn(other, url) == f"arn:aws:sqs:us-east-1:123456789012:{called}"
    refused(batch("NonExistentQueue"), 400, SQS.get_queue_url, QueueName=called)
    found = SQS.get_queue_url(QueueName=called, QueueOwnerAWSAccountId="123456789012")
    assert found["QueueUrl"] == url
    send(url, "from another account")
    assert bodies(url) == ["from another account"]


def test_the_account_of_a_url_is_that_of_the_client_if_it_has_no_such_queue():
    url = created(SQS, name())
    send(url.replace("000000000000", "999999999999"), "by a URL of AWS")
    assert bodies(url) == ["by a URL of AWS"]


def test_a_dead_letter_queue_is_in_the_place_of_its_source():
    called, other = name(), elsewhere(region="eu-west-1")
    target = arn(other, created(other, called))
    policy = f'{{"deadLetterTargetArn":"{target}","maxReceiveCount":1}}'
    created(other, name(), Attributes={"RedrivePolicy": policy})
    refused("InvalidParameterValue", 400, created, SQS, name(), Attributes={"RedrivePolicy": policy})
