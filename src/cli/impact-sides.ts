/** The two sides of `signalbox impact`: the workspace as it is, and the one that runs, or the one of a git ref. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { VersionsInForce } from "../admin/shapes/versions.ts";
import { filesAt } from "../adapters/rules/git.ts";
import type { VersionText } from "../core/version.ts";
import { FOLDERS } from "../rules/files.ts";
import { judgeOf, judgesOf, type Judge } from "../rules/judge.ts";
import { loadWorkspace } from "../rules/load.ts";
import type { Settings } from "../settings.ts";
import { askThere, type Reached } from "./ask.ts";
import { EXIT, end, note } from "./print.ts";
import { problemLine } from "./problem-line.ts";

/** A side and what it is called. */
export interface Side {
  readonly called: string;
  readonly judges: ReadonlyMap<string, Judge>;
}

type Loading = Pick<Settings, "dir" | "ruleBudgets">;

/** The files as they are; undefined where they have errors, which are told. No variable has to be set. */
export async function sideOfFiles({ dir, ruleBudgets }: Loading, called: string): Promise<Side | undefined> {
  const { workspace, problems } = await loadWorkspace(dir, {}, ruleBudgets, { rulesAlone: true });
  if (workspace !== undefined) return { called, judges: judgesOf(workspace) };
  for (const problem of problems) if (problem.severity === "error") note(problemLine(problem));
  note(`The rules of ${called} have errors.`);
  end(EXIT.failed);
  return undefined;
}

/** The files as a ref has them. Throws RULE_REF_UNKNOWN. */
export async function sideOfRef({ dir, ruleBudgets }: Loading, ref: string): Promise<Side | undefined> {
  const { commit, files } = await filesAt(dir, ref, Object.keys(FOLDERS));
  const folder = await mkdtemp(join(tmpdir(), "signalbox-ref-"));
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await sideOfFiles({ dir: folder, ruleBudgets }, `${ref} (${commit.slice(0, 12)})`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The rules that a router runs; undefined, and told, where it does not tell them. Throws RULE_VERSION_UNUSABLE. */
export async function sideOfRouter(reached: Reached): Promise<Side | undefined> {
  const found = await askThere<VersionsInForce>(reached, "/api/v1/versions");
  if (found === undefined) return undefined;
  const schemas = found.schemas as Readonly<Record<string, unknown>>;
  const judges = found.items.map(({ version, schemas: names, ...text }) => {
    const own = Object.fromEntries(names.map((name) => [name, schemas[name]]));
    return judgeOf(version, { ...text, schemas: own } as VersionText);
  });
  return {
    called: `the router at ${reached.base} (revision ${found.revision})`,
    judges: new Map(judges.map((judge) => [judge.route, judge])),
  };
}
