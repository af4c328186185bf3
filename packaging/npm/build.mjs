// Builds the npm packages of a release: `longshore`, and one with the binary for each platform.
//
// usage: node packaging/npm/build.mjs FOLDER PLATFORM=BINARY...
//
// PLATFORM is linux-x64, linux-arm64, darwin-x64 or darwin-arm64. Writes FOLDER/*.tgz. npm installs only the
// package of its platform, because the others are optional dependencies with `os` and `cpu`. No script runs
// at installation, and nothing is downloaded.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

const common = {
  version: version(),
  description: "An observability-first Amazon SQS worker for handlers in any language.",
  keywords: ["sqs", "aws", "worker", "queue", "observability"],
  license: "MIT OR Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/longshore/longshore.git" },
};

function version() {
  const manifest = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
  const found = /\[workspace\.package\]\nversion = "([^"]+)"/.exec(manifest);
  if (!found) throw new Error("Cargo.toml has no version of the workspace");
  return found[1];
}

function nameOf(platform) {
  return `@longshore/${platform}`;
}

function pack(manifest, files, folder) {
  const scratch = mkdtempSync(join(tmpdir(), "longshore-npm-"));
  try {
    writeFileSync(join(scratch, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
    for (const [name, source, mode] of files) {
      const path = join(scratch, name);
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(source, path);
      chmodSync(path, mode);
    }
    execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, scratch], { stdio: "inherit" });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const licenses = ["LICENSE-MIT", "LICENSE-APACHE"].map((name) => [name, join(ROOT, name), 0o644]);

function packPlatform(platform, binary, folder) {
  const [os, cpu] = platform.split("-");
  const manifest = { name: nameOf(platform), ...common, os: [os], cpu: [cpu], preferUnplugged: true };
  pack(manifest, [["bin/longshore", binary, 0o755], ...licenses], folder);
}

function packLauncher(folder) {
  const manifest = {
    name: "longshore",
    ...common,
    bin: { longshore: "longshore.js" },
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [nameOf(platform), common.version])),
  };
  const files = [["longshore.js", join(HERE, "longshore.js"), 0o755], ["README.md", join(HERE, "README.md"), 0o644]];
  pack(manifest, [...files, ...licenses], folder);
}

const [folder, ...binaries] = process.argv.slice(2);
if (!folder || binaries.length === 0) {
  console.error("usage: node packaging/npm/build.mjs FOLDER PLATFORM=BINARY...");
  process.exit(64);
}
mkdirSync(folder, { recursive: true });
for (const argument of binaries) {
  const [platform, binary] = argument.split("=");
  if (!PLATFORMS.includes(platform) || !binary) {
    console.error(`build.mjs: found ${argument}, expected PLATFORM=BINARY with one of ${PLATFORMS.join(", ")}`);
    process.exit(64);
  }
  packPlatform(platform, resolve(binary), resolve(folder));
}
packLauncher(resolve(folder));
