// Processes orders with middy. `test_lambda.py` defines what each order requests.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages are in another folder.
const require = createRequire(`${process.env.PACKAGES}/`);
const load = async (name) => (await import(pathToFileURL(require.resolve(name)).href)).default;
const middy = await load("@middy/core");
const partialBatchFailure = await load("@middy/sqs-partial-batch-failure");

async function process_(record) {
  const order = JSON.parse(record.body);
  if (record.attributes.ApproximateReceiveCount === "1") {
    if (order.asks === "fail") throw new Error("no stock");
    if (order.asks === "crash") process.exit(7);
  }
  appendFileSync(process.env.DONE, `${order.number}\n`);
}

export const handler = middy()
  .use(partialBatchFailure({ logger: false }))
  .handler((event) => Promise.allSettled(event.Records.map(process_)));
