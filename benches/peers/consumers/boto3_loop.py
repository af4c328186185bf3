"""A loop with boto3: receive, handle, delete."""

import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import BotoCoreError
from journal import Journal

SETTINGS = json.loads(os.environ["SETTINGS"])
QUEUE = os.environ["QUEUE_URL"]
stopping = False


def stop(*_):
    global stopping
    stopping = True


def succeeded(journal, message):
    try:
        journal.handle(message["Body"])
        return True
    except Exception as error:
        print(f"handler failed: {error}", file=sys.stderr, flush=True)
        return False


def delete(sqs, messages):
    handles = [message["ReceiptHandle"] for message in messages]
    if SETTINGS["delete"] == "one by one":
        for handle in handles:
            sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=handle)
    elif handles:
        entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
        sqs.delete_message_batch(QueueUrl=QUEUE, Entries=entries)


def poll(sqs, journal, threads):
    answer = sqs.receive_message(QueueUrl=QUEUE, **SETTINGS["receive_message"])
    messages = answer.get("Messages", [])
    results = threads.map(lambda message: succeeded(journal, message), messages)
    delete(sqs, [message for message, done in zip(messages, results, strict=True) if done])


def main():
    sqs, journal = boto3.client("sqs"), Journal()
    threads = ThreadPoolExecutor(SETTINGS["threads"])
    if SETTINGS["SIGTERM"] == "finish the batch":
        signal.signal(signal.SIGTERM, stop)
    while not stopping:
        try:
            poll(sqs, journal, threads)
        except BotoCoreError as error:
            if SETTINGS["error"] == "raise":
                raise
            print(f"request failed: {error}", file=sys.stderr, flush=True)
            time.sleep(1)


main()
