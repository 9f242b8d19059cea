/** A workspace that is being written: what is on the disk and what is not saved yet, checked and looked at together. */
import type { GivenBudgets } from "../../core/budgets.ts";
import type { Unsaved, WorkspaceFile } from "../files.ts";
import { loadWorkspace } from "../load.ts";
import type { Problem } from "../problem.ts";
import type { Environment } from "../variables.ts";
import type { Completion, Definition, Fix, Hover } from "./answers.ts";
import { fixesFor } from "./fixes.ts";
import { layOut } from "../layout.ts";
import { completeRule, defineRule, hoverRule } from "./rule.ts";
import { defineSchema } from "./schema.ts";
import { lookAt } from "./sight.ts";
import type { Sight } from "./sight.ts";
import { completeYaml, defineYaml, hoverYaml } from "./yaml.ts";

/** Paths are relative to the workspace, with `/`; offsets are UTF-16 units. */
export interface Desk {
  readonly dir: string;
  /** A text that is not saved stands in for the file; undefined: what is saved counts again. */
  write(path: string, text: string | undefined): void;
  /** Something has changed on the disk. */
  changed(): void;
  /** What `signalbox check` would tell, were everything saved; and the texts that it is about. */
  problems(): Promise<{ readonly problems: readonly Problem[]; textOf(path: string): string | undefined }>;
  complete(path: string, offset: number): Promise<readonly Completion[]>;
  hover(path: string, offset: number): Promise<Hover | undefined>;
  define(path: string, offset: number): Promise<Definition | undefined>;
  /** The text as it is laid out; undefined where it cannot be read. */
  format(path: string): Promise<string | undefined>;
  fixes(path: string, problem: Problem): Promise<readonly Fix[]>;
}

/** Opens a workspace's folder. */
export function openDesk(dir: string, environment: Environment, budgets: GivenBudgets = {}): Desk {
  const unsaved = new Map<string, string>();
  let looked: Promise<Sight> | undefined;
  const sight = (): Promise<Sight> => (looked ??= lookAt(dir, new Map(unsaved)));
  const ask = async <Answer>(
    path: string,
    answer: (file: WorkspaceFile, seen: Sight) => Answer | Promise<Answer>,
  ): Promise<Answer | undefined> => {
    const seen = await sight();
    const file = seen.files.find((one) => one.path === path);
    return file && answer(file, seen);
  };
  return {
    dir,
    write: (path, text) => {
      if (text === undefined) unsaved.delete(path);
      else unsaved.set(path, text);
      looked = undefined;
    },
    changed: () => {
      looked = undefined;
    },
    problems: async () => {
      const given: Unsaved = new Map(unsaved);
      const { problems } = await loadWorkspace(dir, environment, budgets, { types: true, unsaved: given });
      const { files } = await sight();
      const texts = new Map(files.map(({ path, text }) => [path, text]));
      return { problems, textOf: (path) => texts.get(path) };
    },
    complete: async (path, offset) => {
      const found = await ask(path, (file, seen) =>
        file.format === "jsonata"
          ? completeRule(seen, file, offset)
          : file.format === "yaml"
            ? completeYaml(seen, file, offset)
            : [],
      );
      return [...(found ?? [])].sort((a, b) => a.rank - b.rank);
    },
    hover: (path, offset) =>
      ask(path, (file, seen) =>
        file.format === "jsonata"
          ? hoverRule(seen, file, offset)
          : file.format === "yaml"
            ? hoverYaml(seen, file, offset)
            : undefined,
      ),
    define: (path, offset) =>
      ask(path, (file, seen) =>
        file.format === "jsonata"
          ? defineRule(seen, file, offset)
          : file.format === "yaml"
            ? defineYaml(seen, file, offset)
            : defineSchema(seen, file, offset),
      ),
    format: (path) =>
      ask(path, (file) => {
        const laidOut = file.format === "json" ? undefined : layOut(path, file.text);
        return laidOut?.ok === true ? laidOut.text : undefined;
      }),
    fixes: async (path, problem) => (await ask(path, (file) => fixesFor(file.text, problem))) ?? [],
  };
}
