"""The queues of an account in moto, which is another implementation of SQS."""

import json

import moto.backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import Message
from moto.sqs.models import Queue as MotoQueue
from werkzeug.test import Client

from audit.server import ACCOUNT, REGION, Refused

# Attributes of SQS that moto does not return.
MotoQueue.redrive_allow_policy = None
MotoQueue.BASE_ATTRIBUTES = [*MotoQueue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
# These come from the state of the queue.
STATE = ("QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "RedrivePolicy")


class MotoQueues:
    """The same answers as `queues.Queues`."""

    def __init__(self, queues):
        self.backend = moto.backends.get_backend("sqs")[ACCOUNT][REGION]
        self.backend.queues.clear()
        self.application = DomainDispatcherApplication(create_backend_app)
        for queue in queues:
            self.create(queue)
        # A queue must exist before another one names it.
        for queue in queues:
            self.set_redrive_policy(queue)

    def create(self, queue):
        attributes = {name: value for name, value in queue.attributes.items()
                      if name not in STATE and not name.startswith("Approximate")}
        created = self.backend.create_queue(queue.name, dict(queue.tags), **attributes)
        # moto has fractions of seconds, and SQS has none.
        created.created_timestamp = created.last_modified_timestamp = int(queue.attributes["CreatedTimestamp"])
        waiting = int(queue.attributes["ApproximateNumberOfMessages"])
        created._messages = [Message("1", "{}")] * waiting

    def set_redrive_policy(self, queue):
        """Without the checks of moto: a queue may name one that was deleted, or one of another type."""
        policy, created = queue.redrive(), self.backend.queues[queue.name]
        if policy:
            created.redrive_policy = policy
            created.dead_letter_queue = self.backend.queues.get(policy["deadLetterTargetArn"].rsplit(":", 1)[1])

    def answer(self, action, _, body, url):
        headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0",
                   "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sqs/aws4_request"}
        answer = Client(self.application).post("/", base_url=url, data=body, headers=headers)
        if answer.status_code == 200:
            return answer.data
        error = json.loads(answer.data)
        code = answer.headers.get("x-amzn-query-error", "").split(";")[0]
        raise Refused(error["__type"].rsplit("#")[-1], error.get("message"), code or None, answer.status_code)
