// Prints what a client for JavaScript gets from the server at this URL. Every client must get the same.
//
// usage: node journey.mjs URL NAME v2|v3 FOLDER_OF_NODE_MODULES
import { createRequire } from "node:module";

const [url, name, version, modules] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const call = version === "v2" ? version2() : version3();
const body = 'two crates\r\n<of> "oranges" & 🍊';
const attributes = {
  tenant: { DataType: "String", StringValue: "a & b" },
  image: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
  count: { DataType: "Number.int", StringValue: "12" },
};

function options() {
  return { endpoint: url, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}

// Version 2 names an action `sendMessage`, and version 3 has a class `SendMessageCommand`.
function version2() {
  process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
  const client = new (load("aws-sdk").SQS)({ ...options(), maxRetries: 0 });
  return (action, parameters) => client[action[0].toLowerCase() + action.slice(1)](parameters).promise();
}

function version3() {
  const sdk = load("@aws-sdk/client-sqs");
  const client = new sdk.SQSClient({ ...options(), maxAttempts: 1 });
  return (action, parameters) => client.send(new sdk[`${action}Command`](parameters));
}

async function code(action, parameters) {
  try {
    await call(action, parameters);
  } catch (error) {
    return [error.Code ?? error.code ?? error.name, error.statusCode ?? error.$metadata.httpStatusCode];
  }
  return ["no error", 200];
}

async function queues() {
  const { QueueUrl: dead } = await call("CreateQueue", { QueueName: `${name}-dead` });
  const described = await call("GetQueueAttributes", { QueueUrl: dead, AttributeNames: ["QueueArn"] });
  const policy = JSON.stringify({ deadLetterTargetArn: described.Attributes.QueueArn, maxReceiveCount: "1" });
  const created = await call("CreateQueue", {
    QueueName: name,
    Attributes: { RedrivePolicy: policy, VisibilityTimeout: "45" },
    tags: { team: "shipping" },
  });
  return [created.QueueUrl, dead];
}

async function receive(queue) {
  const parameters = { MaxNumberOfMessages: 10, AttributeNames: ["ApproximateReceiveCount"] };
  const found = await call("ReceiveMessage", { QueueUrl: queue, MessageAttributeNames: ["All"], ...parameters });
  return found.Messages ?? [];
}

function shown(message) {
  const all = Object.entries(message.MessageAttributes ?? {}).sort();
  const texts = all.filter(([, value]) => value.StringValue).map(([name, value]) => [name, value.StringValue]);
  const bytes = all.filter(([, value]) => value.BinaryValue).map(([name, value]) => [name, [...value.BinaryValue]]);
  return {
    body: message.Body,
    MD5OfBody: message.MD5OfBody,
    MD5OfMessageAttributes: message.MD5OfMessageAttributes,
    attributes: message.Attributes,
    texts: Object.fromEntries(texts),
    bytes: Object.fromEntries(bytes),
  };
}

async function journey() {
  const [queue, dead] = await queues();
  const sent = await call("SendMessage", { QueueUrl: queue, MessageBody: body, MessageAttributes: attributes });
  const [message] = await receive(queue);
  const handle = { QueueUrl: queue, ReceiptHandle: message.ReceiptHandle };
  await call("ChangeMessageVisibility", { ...handle, VisibilityTimeout: 0 });
  const empty = await receive(queue);
  const [buried] = await receive(dead);
  await call("DeleteMessage", { QueueUrl: dead, ReceiptHandle: buried.ReceiptHandle });
  const entries = [{ Id: "good", MessageBody: "m" }, { Id: "bad", MessageBody: "m", DelaySeconds: 901 }];
  const batch = await call("SendMessageBatch", { QueueUrl: queue, Entries: entries });
  const described = (queue, attribute) => call("GetQueueAttributes", { QueueUrl: queue, AttributeNames: [attribute] });
  return {
    sent: [sent.MD5OfMessageBody, sent.MD5OfMessageAttributes],
    received: shown(message),
    "after the last receive": empty.length,
    "dead letter": shown(buried),
    batch: [
      batch.Successful.map((one) => one.Id),
      batch.Failed.map((one) => [one.Id, one.SenderFault, one.Code]),
    ],
    settings: (await described(queue, "VisibilityTimeout")).Attributes,
    tags: (await call("ListQueueTags", { QueueUrl: queue })).Tags,
    counts: (await described(dead, "ApproximateNumberOfMessagesNotVisible")).Attributes,
    errors: [
      await code("ReceiveMessage", { QueueUrl: `${queue}-absent` }),
      await code("SendMessage", { QueueUrl: queue, MessageBody: "\u0001" }),
      await code("ReceiveMessage", { QueueUrl: queue, MaxNumberOfMessages: 11 }),
      await code("ChangeMessageVisibility", { QueueUrl: queue, ReceiptHandle: "none", VisibilityTimeout: 0 }),
    ],
  };
}

console.log(JSON.stringify(await journey()));
