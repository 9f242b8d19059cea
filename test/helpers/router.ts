/** A real router as a child process: `signalbox start --json`, as a user would run it. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface RunningRouter {
  readonly hooks: string;
  readonly admin: string;
  /** The setup link, while nobody has an account. */
  readonly setup: string | undefined;
  /** This machine's token, as the command line finds it. */
  readonly token: string;
  /** Asks the operator's side as the command line would: with this machine's token. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  readonly process: ChildProcess;
  /** Log lines so far, parsed. */
  readonly log: Record<string, unknown>[];
  /** What was written to standard error. */
  readonly stderr: () => string;
  /** Ends it with a signal and waits for its end; resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface RouterOptions {
  readonly dir: string;
  readonly dataDir: string;
  readonly redisUrl?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
}

const tokens = new Map<string, string>();

/** The header by which this machine's command line is known to a router that a test has started. */
export function authorizationOf(admin: string): { authorization: string } {
  return { authorization: `Bearer ${tokens.get(admin) ?? ""}` };
}

/** Starts a router on free ports and waits until it serves. */
export async function aRouter(options: RouterOptions): Promise<RunningRouter> {
  const child = spawn(process.execPath, [program, "start", "--json", ...(options.arguments ?? [])], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      SIGNALBOX_DIR: options.dir,
      SIGNALBOX_DATA_DIR: options.dataDir,
      SIGNALBOX_PORT: "0",
      SIGNALBOX_ADMIN_PORT: "0",
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8",
      SIGNALBOX_LEAVE_SECONDS: "0",
      ...(options.redisUrl !== undefined && { REDIS_URL: options.redisUrl }),
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: Record<string, unknown>[] = [];
  const errors: string[] = [];
  let ready: { hooks?: string; admin?: string; setup?: string } | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const fields = JSON.parse(line) as Record<string, unknown>;
    if (fields["ready"] === true) ready = fields;
    else log.push(fields);
  });
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  try {
    await until("the router serves", () => ready !== undefined || child.exitCode !== null, {
      withinMs: 20_000,
    });
    if (ready === undefined) throw new Error(`The router ended with ${child.exitCode}: ${errors.join("")}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  const note = await readFile(join(options.dataDir, "router.json"), "utf8");
  const { token } = JSON.parse(note) as { token: string };
  const admin = ready.admin ?? "";
  tokens.set(admin, token);
  return {
    hooks: ready.hooks ?? "",
    admin,
    setup: ready.setup,
    token,
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${token}`);
      return fetch(`${admin}${path}`, { ...init, headers });
    },
    process: child,
    log,
    stderr: () => errors.join(""),
    async end(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** Runs a command of the command line to its end. */
export function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = "",
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, stdout: stdout.join(""), stderr: stderr.join("") }));
  });
}
