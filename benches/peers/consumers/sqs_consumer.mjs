// A consumer with the npm package sqs-consumer. Its graceful shutdown is that of its README.

import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const settings = JSON.parse(process.env.SETTINGS);
const journal = openSync(process.env.JOURNAL, "a");
const milliseconds = Number(process.env.HANDLER_MS);

function write(event, id) {
  writeSync(journal, `${event} ${id} ${(performance.timeOrigin + performance.now()) / 1000}\n`);
}

async function handle(message) {
  const id = message.Body.split(" ", 1)[0];
  write("start", id);
  if (milliseconds > 0) await sleep(milliseconds);
  if (process.env.HANDLER_FAILS === "1") throw new Error("this handler always fails");
  write("end", id);
  return message;
}

// A message whose handler failed is not returned, so it is not deleted.
async function handleBatch(messages) {
  const results = await Promise.allSettled(messages.map(handle));
  for (const { reason } of results) if (reason) console.error(reason.message);
  return results.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
}

const consumer = Consumer.create({
  queueUrl: process.env.QUEUE_URL,
  sqs: new SQSClient({ endpoint: process.env.ENDPOINT_URL, region: "us-east-1" }),
  ...(settings.handler === "handleMessage" ? { handleMessage: handle } : {}),
  ...(settings.handler === "handleMessageBatch" ? { handleMessageBatch: handleBatch } : {}),
  ...settings.options,
});
for (const event of ["error", "processing_error"]) {
  consumer.on(event, (error) => console.error(error.message));
}
if (settings.SIGTERM === "consumer.stop()") {
  process.once("SIGTERM", () => {
    consumer.once("stopped", () => process.exit(0));
    consumer.stop();
  });
}
consumer.start();
