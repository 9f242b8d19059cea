/** The child processes of the bench: started here, and gone when this process ends. */
import { fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { clearTimeout, setTimeout } from "node:timers";

/** @import { ChildProcess } from "node:child_process" */

const START_MS = 30_000;
/** A helper that collects its garbage while an event is on its way is late for it: it has room for what a measure makes, and marks in its own thread. */
const HELPER = ["--max-semi-space-size=64", "--heap-growing-percent=300", "--v8-pool-size=0", "--expose-gc"];

/** Sees to it that a child ends with this process. @param {ChildProcess} child */
export function tied(child) {
  const end = () => child.kill("SIGKILL");
  process.on("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

/** Ends a child, by force after 10 s. @param {ChildProcess} child @returns {Promise<void>} */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(forced);
}

/**
 * Starts a Node program that prints one line `{"ready":true,"hooks":"http://…"}` once it serves; Signalbox's
 * line has `admin` and, while it has no users, the link `setup` besides.
 * It sees no environment but the given one, PATH and HOME.
 * @param {readonly string[]} args
 * @param {Record<string, string>} environment
 * @returns {Promise<{ hooks: string, admin: string, setup: string, pid: number, stop: () => Promise<void> }>}
 */
export async function startRouter(args, environment) {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, NODE_ENV: "production", SIGNALBOX_LEAVE_SECONDS: "0", ...environment };
  const child = tied(spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
  let said = "";
  child.stderr?.on("data", (chunk) => (said = (said + chunk).slice(-2_000)));
  const ready = new Promise((resolve, reject) => {
    // What follows the first line must be read all the same, or the router would stop at a full pipe.
    createInterface({ input: /** @type {import("node:stream").Readable} */ (child.stdout) }).on(
      "line",
      (line) => {
        const fields = line.startsWith('{"ready":true') ? JSON.parse(line) : undefined;
        if (fields !== undefined) resolve(fields);
        else said = `${said}${line}\n`.slice(-2_000);
      },
    );
    child.once("exit", (code) => reject(new Error(`node ${args.join(" ")} ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`${args[0]} is not ready:\n${said}`)), START_MS).unref();
  });
  const { hooks, admin = "", setup = "" } = await ready;
  return { hooks, admin, setup, pid: /** @type {number} */ (child.pid), stop: () => stop(child) };
}

/**
 * Starts a helper of the bench (load.js, target.js) in a process of its own; `ask` sends it one question and
 * resolves with its answer. Throws what the helper says went wrong.
 * @param {string} file
 */
export function startHelper(file) {
  const child = tied(
    fork(new URL(file, import.meta.url), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: HELPER,
    }),
  );
  return {
    pid: /** @type {number} */ (child.pid),
    /** @param {object} question @returns {Promise<any>} */
    ask: (question) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error(`${file} ended.`));
        child.once("exit", ended);
        child.once("message", (/** @type {{ wrong?: string }} */ answer) => {
          child.off("exit", ended);
          if (answer.wrong === undefined) resolve(answer);
          else reject(new Error(answer.wrong));
        });
        child.send(question);
      }),
    stop: () => stop(child),
  };
}
