// A worker application in Express, as AWS describes one: a route for messages and a route for a periodic task.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages are in another folder.
const require = createRequire(`${process.env.PACKAGES}/`);
const express = require("express");

const application = express();
application.use(express.json());

const NAMES = ["Msgid", "Queue", "First-Received-At", "Receive-Count", "Sender-Id", "Taskname", "Scheduled-At", "Path"];
const headers = (request) => Object.fromEntries(NAMES.map((name) => [name, request.get(`X-Aws-Sqsd-${name}`) ?? null]));
const log = (call) => appendFileSync(process.env.CALLS, `${JSON.stringify(call)}\n`);

application.post("/", (request, response) => {
  log({ kind: "message", order: request.body.order, ...headers(request) });
  response.sendStatus(200);
});

application.post("/backup", (request, response) => {
  if (!request.get("User-Agent").startsWith("aws-sqsd")) return response.sendStatus(403);
  const body = request.headers["content-length"] === "0" ? "" : JSON.stringify(request.body);
  log({ kind: "task", body, ...headers(request) });
  return response.sendStatus(200);
});

application.listen(Number(process.env.PORT), "127.0.0.1");
