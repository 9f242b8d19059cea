/** What `signalbox doctor` looks at, in a file of its own so that the other commands need not load it: what this machine, its settings and a running router look like, each with what to do about it. */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { findServer } from "../adapters/store/redis-server.ts";
import { checkStore } from "../adapters/store/checks.ts";
import { installCommand } from "../adapters/store/trial-store.ts";
import { SignalboxError, errorTable } from "../core/errors.ts";
import { loadWorkspace } from "../rules/load.ts";
import type { Settings } from "../settings.ts";
import { EXIT, end, out, outJson, paint } from "./print.ts";
import { findRunning } from "./running.ts";
import { settingsOf, type Common } from "./options.ts";

/** Options of `doctor`. */
export interface Options extends Common {
  readonly json?: boolean;
}

interface Finding {
  readonly name: string;
  readonly state: "ok" | "warning" | "error";
  readonly detail: string;
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Looks at everything at once and says what it found. */
export async function examine(options: Options): Promise<void> {
  const settings = settingsOf(options);
  const findings = await Promise.all([
    node(),
    dataFolder(settings),
    store(settings),
    workspace(settings),
    router(settings),
  ]);
  if (options.json) outJson(findings);
  else {
    for (const { name, state, detail } of findings) {
      const mark =
        state === "ok"
          ? paint.green("ok     ")
          : state === "warning"
            ? paint.yellow("warning")
            : paint.red("error  ");
      out(`${mark}  ${name.padEnd(11)}  ${detail}`);
    }
  }
  end(findings.some(({ state }) => state === "error") ? EXIT.failed : EXIT.fine);
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fit = major > 20 || (major === 20 && minor >= 19);
  return {
    name: "node",
    state: fit ? "ok" : "error",
    detail: `${process.version}${fit ? "" : "; 20.19 or newer is needed"}`,
  };
}

async function dataFolder({ dataDir }: Settings): Promise<Finding> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    return { name: "data folder", state: "ok", detail: `${dataDir} can be written` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown cause";
    return {
      name: "data folder",
      state: "error",
      detail: `${dataDir} cannot be written (${code}); set SIGNALBOX_DATA_DIR`,
    };
  }
}

async function store({ redisUrl, production }: Settings): Promise<Finding> {
  try {
    if (redisUrl !== undefined) {
      const { describe, warnings } = await checkStore({ url: redisUrl }, SILENT);
      return {
        name: "store",
        state: warnings.length > 0 ? "warning" : "ok",
        detail: [describe, ...warnings].join(" "),
      };
    }
    const { program } = await findServer(process.env["PATH"]);
    if (program !== undefined)
      return { name: "store", state: "ok", detail: `${program.version}, started by \`signalbox start\`` };
    const detail = `no server on this machine: the trial store would be used. Install one: ${installCommand()}`;
    return { name: "store", state: production ? "error" : "warning", detail };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return {
      name: "store",
      state: "error",
      detail: `${error.code} ${error.detail} ${errorTable[error.code].fix}`,
    };
  }
}

async function workspace({ dir, ruleBudgets }: Settings): Promise<Finding> {
  const { workspace: loaded, problems } = await loadWorkspace(dir, process.env, ruleBudgets);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (loaded === undefined)
    return { name: "workspace", state: "error", detail: `${errors} errors; see \`signalbox check\`` };
  const detail = `${loaded.sources.size} sources, ${loaded.routes.size} routes, revision ${loaded.revision}`;
  return {
    name: "workspace",
    state: problems.length > 0 ? "warning" : "ok",
    detail: problems.length > 0 ? `${detail}; ${problems.length} warnings` : detail,
  };
}

async function router({ dataDir }: Settings): Promise<Finding> {
  const running = await findRunning(dataDir);
  if (running?.admin === undefined)
    return { name: "router", state: "ok", detail: "none runs on this data folder" };
  try {
    const response = await fetch(`${running.admin}/readyz`, { signal: AbortSignal.timeout(3_000) });
    const { checks } = (await response.json()) as { checks: Record<string, { ok: boolean; detail: string }> };
    const bad = Object.entries(checks).filter(([, check]) => !check.ok);
    if (bad.length === 0)
      return { name: "router", state: "ok", detail: `ready at ${running.admin} (pid ${running.pid})` };
    return {
      name: "router",
      state: "error",
      detail: bad.map(([name, check]) => `${name}: ${check.detail}`).join("; "),
    };
  } catch {
    return {
      name: "router",
      state: "warning",
      detail: `the one noted at ${running.admin} (pid ${running.pid}) does not answer`,
    };
  }
}
