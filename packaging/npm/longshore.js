#!/usr/bin/env node
// Runs the program of the package for this system, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const name = `@longshore/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}/bin/longshore`);
} catch {
  console.error(
    `longshore: the package ${name} is not installed. The program exists for Linux and macOS, on ` +
      "x64 and arm64. Install without --omit=optional, so that npm installs it.",
  );
  process.exit(1);
}

// Its own process group: a terminal sends Ctrl-C to a whole group, and this process passes each
// signal on. A second signal would end the grace of the shutdown.
const child = spawn(program, process.argv.slice(2), { stdio: "inherit", detached: true });
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
for (const signal of signals) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`longshore: cannot start ${program}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  // As a shell does for a program that a signal ended.
  process.exit(signal ? 128 + constants.signals[signal] : code);
});
