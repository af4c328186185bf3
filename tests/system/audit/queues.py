"""The queues of an account, as SQS returns them."""

import dataclasses
import json

from audit.server import ACCOUNT, REGION, Refused

PAGE = 1_000


def arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


@dataclasses.dataclass
class Queue:
    """A queue with its attributes as texts, as GetQueueAttributes returns them."""
    name: str
    attributes: dict
    tags: dict = dataclasses.field(default_factory=dict)

    def redrive(self):
        return json.loads(self.attributes.get("RedrivePolicy") or "{}")


def does_not_exist():
    return Refused("QueueDoesNotExist", "The specified queue does not exist.",
                   "AWS.SimpleQueueService.NonExistentQueue")


class Queues:
    """Answers the calls that only read. Each other call is refused."""

    def __init__(self, queues):
        self.by_name = {queue.name: queue for queue in queues}

    def answer(self, action, parameters, _, url):
        call = getattr(self, ACTIONS.get(action, "unknown"))
        return json.dumps(call(parameters, f"{url}/{ACCOUNT}/")).encode()

    def unknown(self, *_):
        raise Refused("UnknownOperationException", "the audit must only read")

    def find(self, parameters):
        queue = self.by_name.get(parameters["QueueUrl"].rsplit("/", 1)[1])
        if queue is None:
            raise does_not_exist()
        return queue

    def list_queues(self, parameters, base):
        names = sorted(name for name in self.by_name if name.startswith(parameters.get("QueueNamePrefix") or ""))
        return paged([base + name for name in names], "QueueUrls", parameters)

    def get_queue_url(self, parameters, base):
        if parameters["QueueName"] not in self.by_name or parameters.get("QueueOwnerAWSAccountId", ACCOUNT) != ACCOUNT:
            raise does_not_exist()
        return {"QueueUrl": base + parameters["QueueName"]}

    def get_queue_attributes(self, parameters, _):
        assert parameters["AttributeNames"] == ["All"], parameters
        return {"Attributes": self.find(parameters).attributes}

    def list_queue_tags(self, parameters, _):
        # SQS leaves the tags out if there are none.
        tags = self.find(parameters).tags
        return {"Tags": tags} if tags else {}

    def sources(self, parameters, base):
        target = arn(self.find(parameters).name)
        names = [queue.name for queue in self.by_name.values()
                 if queue.redrive().get("deadLetterTargetArn") == target]
        return paged([base + name for name in sorted(names)], "queueUrls", parameters)


ACTIONS = {
    "ListQueues": "list_queues", "GetQueueUrl": "get_queue_url", "GetQueueAttributes": "get_queue_attributes",
    "ListQueueTags": "list_queue_tags", "ListDeadLetterSourceQueues": "sources",
}


def paged(urls, key, parameters):
    """A page of URLs. SQS returns a token only if the request has `MaxResults`."""
    size = min(parameters.get("MaxResults") or PAGE, PAGE)
    begin = int(parameters.get("NextToken") or 0)
    answer = {key: urls[begin:begin + size]} if urls else {}
    more = parameters.get("MaxResults") and begin + size < len(urls)
    return {**answer, "NextToken": str(begin + size)} if more else answer
