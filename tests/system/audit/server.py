"""A server of SQS and CloudWatch on the loopback interface. It counts the calls, and can refuse some of them."""

import collections
import contextlib
import itertools
import json
import threading

import cbor2

from running import web
from running.web import Handler

REGION, ACCOUNT = "us-east-1", "123456789012"
CLOUDWATCH = "/service/GraniteServiceVersion20100801/operation/"
JSON = {"Content-Type": "application/x-amz-json-1.0"}
CBOR = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
REQUEST = {"x-amzn-RequestId": "1"}


class Refused(Exception):
    """The error of a service: the name of its shape, the code of the older Query protocol, and a message."""

    def __init__(self, shape, message, code=None, status=400):
        super().__init__(message)
        self.shape, self.message, self.code, self.status = shape, message, code or shape, status

    def body(self):
        return {"__type": f"com.amazonaws#{self.shape}", "message": self.message}

    def headers(self):
        return {"x-amzn-query-error": f"{self.code};Sender"}


def denied(action):
    service = "cloudwatch" if action == "GetMetricData" else "sqs"
    message = (f"User: arn:aws:iam::{ACCOUNT}:user/auditor is not authorized to perform: {service}:{action.lower()} "
               f"because no identity-based policy allows the {service}:{action} action")
    return Refused("AccessDeniedException", message, "AccessDenied", 403)


class Server:
    """`refuse` is called with the action and the parameters of each call. It may raise `Refused`."""

    def __init__(self, queues, metrics):
        self.queues, self.metrics = queues, metrics
        self.calls = collections.Counter()
        self.order = itertools.count(1)
        self.refuse = lambda action, parameters: None
        self.lock = threading.Lock()
        self.url = None

    def number(self, action):
        """Counts a call, and returns its place among all calls."""
        with self.lock:
            self.calls[action] += 1
            return next(self.order)

    def sqs(self, action, body):
        parameters = json.loads(body)
        self.number(action)
        self.refuse(action, parameters)
        return self.queues.answer(action, parameters, body, self.url)

    def cloudwatch(self, action, body):
        parameters = cbor2.loads(body)
        self.number(action)
        self.refuse(action, parameters)
        if action != "GetMetricData":
            raise Refused("UnknownOperationException", f"the audit must not call {action}")
        return cbor2.dumps(self.metrics.get_metric_data(parameters))


class Calls(Handler):
    """Answers the calls of the `owner`."""

    # A long answer would wait for the acknowledgement of its headers.
    disable_nagle_algorithm = True
    owner = None

    def do_POST(self):
        body, is_metrics = self.body(), self.path.startswith(CLOUDWATCH)
        headers, write = (CBOR, cbor2.dumps) if is_metrics else (JSON, lambda answer: json.dumps(answer).encode())
        try:
            if is_metrics:
                answer = self.owner.cloudwatch(self.path.removeprefix(CLOUDWATCH), body)
            else:
                answer = self.owner.sqs(self.headers["X-Amz-Target"].removeprefix("AmazonSQS."), body)
            self.answer(200, answer, **headers, **REQUEST)
        except Refused as error:
            self.answer(error.status, write(error.body()), **headers, **error.headers(), **REQUEST)


@contextlib.contextmanager
def serving(queues, metrics):
    """A running `Server` with these queues and metrics."""
    owner = Server(queues, metrics)
    with web.serving(type("CallsOfServer", (Calls,), {"owner": owner})) as owner.url:
        yield owner
