/** Workload W: the push that is posted, the requests that carry it, and what must arrive, all from the shipped workspace. */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The repository's root, which is itself a workspace. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Attempts at the same time, on both sides. */
export const CONCURRENCY = 10;

/** @param {string} path */
export const readText = (path) => readFileSync(join(root, path), "utf8");

/** What one event must become at the target. */
export function expectedResult() {
  return parse(readText("transforms/workload.yaml")).cases[0].expect;
}

/**
 * What makes signed requests as GitHub does, each with a delivery id of its own and a `before` of its own (the rule does
 * not read it), so that neither body nor signature repeats.
 * @param {string} secret @param {string} [given] another body, the same in all
 */
export function signer(secret, given) {
  const push = JSON.parse(readText("transforms/cases/workload.json"));
  const [head, tail] = JSON.stringify(push).split(push.before);
  return () => {
    const body = given ?? `${head}${randomBytes(20).toString("hex")}${tail}`;
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const headers = {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/bench",
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${signature}`,
    };
    return { body, headers };
  };
}

/**
 * Writes a workspace of the benchmark's files alone, whose target is the given one.
 * @param {string} folder @param {string} targetUrl @param {string} [ofSource] more lines of the source's file
 * @param {Readonly<Record<string, string>>} [more] files by path
 */
export function writeWorkspace(folder, targetUrl, ofSource = "", more = {}) {
  const copied = [
    "sources/bench.yaml",
    "routes/workload.yaml",
    "transforms/workload.yaml",
    "transforms/workload.jsonata",
    "transforms/cases/workload.json",
    "schemas/workload.input.json",
    "schemas/workload.output.json",
  ];
  for (const path of copied) cpSync(join(root, path), join(folder, path));
  appendFileSync(join(folder, "sources/bench.yaml"), ofSource);
  mkdirSync(join(folder, "targets"));
  writeFileSync(join(folder, "targets/bench.yaml"), `url: ${targetUrl}\nconcurrency: ${CONCURRENCY}\n`);
  for (const [path, text] of Object.entries(more)) writeFileSync(join(folder, path), text);
}
