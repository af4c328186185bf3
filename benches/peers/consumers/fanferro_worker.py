"""A consumer with fanferro."""

import asyncio
import json
import os

import fanferro
from journal import Journal

SETTINGS = json.loads(os.environ["SETTINGS"])

client = fanferro.Client(region="us-east-1", endpoint_url=os.environ["ENDPOINT_URL"])
consumer = client.consumer(client.queue(os.environ["QUEUE_NAME"]), **SETTINGS["consumer"])
journal = Journal()


@consumer.default
async def handle(message: fanferro.Message[bytes]) -> None:
    message_id = message.body.decode().split(" ", 1)[0]
    journal.write("start", message_id)
    await asyncio.sleep(journal.seconds)
    if journal.fails:
        raise RuntimeError("this handler always fails")
    journal.write("end", message_id)


async def main():
    async with client:
        await client.run()


asyncio.run(main())
