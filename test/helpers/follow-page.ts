/** Follows a page literally: writes the files that it shows, runs its commands in order, and holds what they print against it. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { blocksOf, type Block } from "./doc-blocks.ts";
import { until } from "./until.ts";

/** Waits as `until` does, and shows at the deadline what there was instead. */
async function shown(
  what: string,
  ask: () => boolean | Promise<boolean>,
  instead: () => string,
): Promise<void> {
  await until(what, ask, { withinMs: 30_000, everyMs: 200 }).catch((error: unknown) => {
    throw new Error(`${String(error)}\nbut\n${instead()}`, { cause: error });
  });
}

export interface Followed {
  /** What was done, a line a block. */
  readonly steps: readonly string[];
}

interface Terminal {
  readonly child: ChildProcess;
  told: string;
  /** What the page has shown of it ends here. */
  read: number;
}

/**
 * In `folder`, with the environment; `ports` are what stands for the ports that the page speaks of. The page's files are written where
 * its commands run, or in the folder that stands for the one it names.
 */
export async function followPage(
  page: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  ports: Readonly<Record<string, number>>,
  workspace?: { readonly named: string; readonly at: string },
): Promise<Followed> {
  const steps: string[] = [];
  const terminals = new Map<string, Terminal>();
  let last: Ran | undefined;
  /** What `evt_…` and `dlv_…` stand for in a command: what was printed last. */
  const ids = new Map<string, string>();
  let state = { cwd: folder };
  const real = (text: string): string =>
    Object.entries(ports).reduce((made, [port, used]) => made.replaceAll(`:${port}`, `:${used}`), text);
  const run = async (script: string): Promise<Ran> => {
    const named = script.replace(/(?:evt|dlv)_…/g, (id) => ids.get(id) ?? id);
    const ran = await runScript(named, state.cwd, environment);
    state = { cwd: ran.cwd };
    for (const [id, kind] of ran.told.matchAll(/\b(evt|dlv)_[0-9a-z]{26,34}\b/g)) ids.set(`${kind}_…`, id);
    return ran;
  };

  const step = async (block: Block): Promise<void> => {
    const { remark = "", text, file } = block;
    const [, terminal] = /^terminal (\d)/.exec(remark) ?? [];
    const placed = workspace === undefined ? text : text.replaceAll(workspace.named, workspace.at);
    // A server of the page listens on the port that is free.
    const listens = placed.replace(/\.listen\((\d+)/, (_, port: string) => `.listen(${ports[port] ?? port}`);
    if (file !== undefined) {
      const path = join(workspace?.at ?? state.cwd, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, listens);
      return;
    }
    if (block.language === "sh" && terminal !== undefined) {
      terminals.set(terminal, openTerminal(listens, state.cwd, environment));
      return;
    }
    if (block.language === "sh") {
      const [, over] = /^ends terminal (\d)/.exec(remark) ?? [];
      if (over !== undefined) await ended(terminals.get(over)!.child);
      fine(last);
      last = { ...(await run(placed)), script: placed };
      return;
    }
    const expected = patternOf(real(text));
    if (terminal !== undefined) {
      const one = terminals.get(terminal)!;
      const news = (): string => one.told.slice(one.read);
      await shown(`terminal ${terminal} prints\n${text}`, () => expected.test(plain(news())), news);
      one.read = one.told.length;
      return;
    }
    const isSoon = remark.startsWith("soon ");
    const code = Number(/exit code (\d+)/.exec(remark)?.[1] ?? 0);
    const started = last!;
    last = { ...started, isShown: true };
    await shown(
      `\`${started.script.trim()}\` prints\n${text}`,
      async () => {
        const fits = expected.test(plain(last!.told)) && last!.code === code;
        if (!fits && !isSoon) throw new Error(`${block.page}:${block.line}: ${last!.code} ${last!.told}`);
        if (!fits) last = { ...(await run(started.script)), script: started.script, isShown: true };
        return fits;
      },
      () => last!.told,
    );
  };

  const log = (): string =>
    [...terminals].map(([name, { told }]) => `--- terminal ${name}\n${told}`).join("\n");
  try {
    for (const block of blocksOf(page)) {
      await step(block);
      const [head] = block.text.split("\n");
      steps.push(`${block.line} ${block.file ?? block.remark ?? ""} ${head}`);
    }
    fine(last);
    return { steps };
  } catch (error) {
    throw new Error(`${String(error)}\n${log()}`, { cause: error });
  } finally {
    await Promise.all([...terminals.values()].map(({ child }) => ended(child)));
  }
}

/** A command of which the page shows nothing must have come to a good end. */
function fine(ran: Ran | undefined): void {
  if (ran !== undefined && !ran.isShown && ran.code !== 0)
    throw new Error(`\`${ran.script.trim()}\` ended with ${ran.code}: ${ran.told}`);
}

interface Ran {
  readonly isShown?: boolean;
  readonly script: string;
  readonly told: string;
  readonly code: number;
  readonly cwd: string;
}

/** Runs a text as a shell does that somebody types into, and tells where that shell stands afterwards. */
function runScript(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const child = spawn("bash", ["-c", `trap 'pwd >&3' EXIT\nset -e\n${script}`], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let told = "";
  let where = "";
  for (const stream of [child.stdout, child.stderr])
    stream!.on("data", (chunk: Buffer) => (told += chunk.toString()));
  child.stdio[3]!.on("data", (chunk: Buffer) => (where += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ script, told, code: code ?? -1, cwd: where.trim() || cwd }));
  });
}

function openTerminal(script: string, cwd: string, env: Readonly<Record<string, string>>): Terminal {
  const child = spawn("bash", ["-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const terminal: Terminal = { child, told: "", read: 0 };
  for (const stream of [child.stdout, child.stderr])
    stream!.on("data", (chunk: Buffer) => (terminal.told += chunk.toString()));
  return terminal;
}

/** Ctrl-C, to all that the terminal has started. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    process.kill(-child.pid!, "SIGINT");
  });
}

/** Runs of spaces and empty lines do not count. */
const plain = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "))
    .filter((line) => line !== "")
    .join("\n");

/** `…` within a line stands for anything in it, a line of it for any lines. */
function patternOf(text: string): RegExp {
  const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = plain(text)
    .split("\n")
    .map((line) => (line === "…" ? "(?:.*\\n)*?.*" : line.split("…").map(escaped).join(".*")));
  return new RegExp(`(?:^|\\n)${lines.join("\\n")}(?:\\n|$)`);
}
