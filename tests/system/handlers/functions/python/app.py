"""Processes orders with the batch processor of Powertools. `test_lambda.py` defines what each order requests."""

import os

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

processor = BatchProcessor(event_type=EventType.SQS)


def process(record):
    order = record.json_body
    if int(record.attributes.approximate_receive_count) == 1:
        if order["asks"] == "fail":
            raise ValueError("no stock")
        if order["asks"] == "crash":
            os._exit(7)
    with open(os.environ["DONE"], "a") as done:
        done.write(f"{order['number']}\n")


def handler(event, context):
    return process_partial_response(event=event, record_handler=process, processor=processor, context=context)
