"""The consumers, and the settings of each with their source. A setting is written here only."""

from dataclasses import dataclass, field

SQS_CONSUMER = "https://bbc.github.io/sqs-consumer/interfaces/ConsumerOptions.html"
SQS_CONSUMER_README = "https://github.com/bbc/sqs-consumer#graceful-shutdowns"
AWS = "https://docs.aws.amazon.com"
BOTO3 = f"{AWS}/boto3/latest/reference/services/sqs/client/receive_message.html"
AWS_COSTS = f"{AWS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/reducing-costs.html"
CELERY_SQS = "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/sqs.html"
CELERY_OPTIMIZING = "https://docs.celeryq.dev/en/stable/userguide/optimizing.html"
KOMBU_SQS = "https://github.com/celery/kombu/blob/v5.7.0/kombu/transport/SQS/__init__.py"
FANFERRO = "https://github.com/kalaspuff/fanferro/blob/main/docs/reference/configuration.md"
RUST_SDK = "https://docs.rs/aws-sdk-sqs/latest/aws_sdk_sqs/client/struct.Client.html"


@dataclass(frozen=True)
class Peer:
    """A consumer with one set of settings."""

    name: str
    runtime: str
    command: list
    sources: list
    settings: dict = field(default_factory=dict)
    note: str = ""
    # Overrides for the test of SIGTERM, so that 20 messages are in flight.
    in_flight: dict = field(default_factory=dict)
    # Messages of the backlog: more than the consumer processes in the time of the test.
    backlog: int = 2_000
    body: str = "text"
    serves_http: bool = False
    has_endpoint: bool = False
    # Requests in a month that are rarer than the measured time: (number, reason).
    rare_requests: tuple = (0, "")

    @property
    def is_longshore(self):
        return self.name.startswith("longshore")


LONGSHORE_SOURCE = ["docs/configuration.md"]
ATTRIBUTES = (8_640, "the attributes of an idle queue, every 5 min")
LONGSHORE_NOTE = "concurrency 10; 20 in the test of SIGTERM"
RUN = [
    "{longshore}", "run", "--endpoint-url", "{endpoint}", "--queue", "{queue}", "--listen",
    "{listen}", "--set", "defaults.concurrency={concurrency}",
]  # fmt: skip

CELERY_COMMAND = [
    "{python}", "-m", "celery", "--app", "celery_app", "--workdir", "{consumers}", "worker",
    "--loglevel", "INFO",
]  # fmt: skip

PEERS = [
    Peer(
        name="sqs-consumer, default",
        runtime="node",
        command=["{node}", "{consumers}/sqs_consumer.mjs"],
        settings={"handler": "handleMessage", "options": {}, "SIGTERM": "default of Node.js"},
        sources=[SQS_CONSUMER],
        note="one message at a time; no signal handler, as in the example of its README",
    ),
    Peer(
        name="sqs-consumer, recommended",
        runtime="node",
        command=["{node}", "{consumers}/sqs_consumer.mjs"],
        settings={
            "handler": "handleMessageBatch",
            "options": {
                "batchSize": 10,
                "waitTimeSeconds": 20,
                "pollingCompleteWaitTimeMs": 25_000,
            },
            "SIGTERM": "consumer.stop()",
        },
        sources=[SQS_CONSUMER, SQS_CONSUMER_README],
        note="`handleMessageBatch` handles the batch concurrently",
        backlog=12_000,
    ),
    Peer(
        name="boto3 loop, default",
        runtime="python",
        command=["{python}", "{consumers}/boto3_loop.py"],
        settings={
            "receive_message": {},
            "threads": 1,
            "delete": "one by one",
            "SIGTERM": "default of Python",
            "error": "raise",
        },
        sources=[BOTO3],
        note="`receive_message` without arguments: short polling, one message",
    ),
    Peer(
        name="boto3 loop, recommended",
        runtime="python",
        command=["{python}", "{consumers}/boto3_loop.py"],
        settings={
            "receive_message": {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 20},
            "threads": 10,
            "delete": "batch",
            "SIGTERM": "finish the batch",
            "error": "try again after 1 s",
        },
        sources=[BOTO3, AWS_COSTS],
        note="ten threads handle a batch; signal handler and retry are ours",
        backlog=12_000,
    ),
    Peer(
        name="Celery, default",
        runtime="python",
        command=CELERY_COMMAND,
        settings={"broker_transport_options": {}, "predefined_queues": False, "configuration": {}},
        sources=[CELERY_SQS, KOMBU_SQS],
        note="one process for each core, early acknowledgement",
        backlog=6_000,
        body="celery",
    ),
    Peer(
        name="Celery, recommended",
        runtime="python",
        command=[*CELERY_COMMAND, "--concurrency", "10"],
        settings={
            "broker_transport_options": {"wait_time_seconds": 20, "polling_interval": 0},
            "predefined_queues": True,
            "configuration": {"task_acks_late": True, "worker_prefetch_multiplier": 1},
        },
        sources=[CELERY_SQS, KOMBU_SQS, CELERY_OPTIMIZING],
        note="late acknowledgement; ten processes, because the others handle ten at a time",
        backlog=6_000,
        body="celery",
    ),
    Peer(
        name="fanferro, default",
        runtime="fanferro",
        command=["{python}", "{consumers}/fanferro_worker.py"],
        settings={"consumer": {}},
        sources=[FANFERRO],
        note="concurrency 10, batched deletes; its documentation recommends no others",
        backlog=20_000,
    ),
    Peer(
        name="Rust SDK loop",
        runtime="rust",
        command=["{peers}", "bare"],
        settings={"max_number_of_messages": 10, "wait_time_seconds": 20, "delete": "batch"},
        sources=[RUST_SDK],
        note="one loop handles ten messages concurrently; signal handler and retry are ours",
        backlog=12_000,
    ),
    Peer(
        name="longshore, Rust handler",
        runtime="rust",
        command=["{peers}", "longshore"],
        sources=LONGSHORE_SOURCE,
        note=LONGSHORE_NOTE,
        in_flight={"concurrency": 20},
        backlog=60_000,
        has_endpoint=True,
        rare_requests=ATTRIBUTES,
    ),
    Peer(
        name="longshore, HTTP handler",
        runtime="rust",
        command=[*RUN, "--http", "{http}"],
        sources=LONGSHORE_SOURCE,
        note=f"{LONGSHORE_NOTE}; the application is `ThreadingHTTPServer` of Python",
        in_flight={"concurrency": 20},
        backlog=30_000,
        serves_http=True,
        has_endpoint=True,
        rare_requests=ATTRIBUTES,
    ),
    Peer(
        name="longshore, command handler",
        runtime="rust",
        command=[*RUN, "--", "{consumers}/command_handler"],
        sources=LONGSHORE_SOURCE,
        note=f"{LONGSHORE_NOTE}; the program is a bash script, started for each message",
        in_flight={"concurrency": 20},
        backlog=12_000,
        has_endpoint=True,
        rare_requests=ATTRIBUTES,
    ),
]
