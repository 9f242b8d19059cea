/** What an import comes to: the files that it would write, and of everything that it read what became of it. Pure. */
import { formatJsonata } from "../../language/layout/format.ts";
import { formattedYaml, writtenYaml } from "../read.ts";

/** `taken`: it does the same here. `nearly`: with the difference that is told. `not`: there is nothing like it, or nobody can tell. */
export type Became = "taken" | "nearly" | "not";

/** Of one thing of the other product what became of it. */
export interface Row {
  readonly became: Became;
  /** Its kind and its name or id over there. */
  readonly what: string;
  /** What it is here, or why it is not. */
  readonly reason: string;
}

/** A variable that the files refer to; its value is never in them. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
}

export interface Plan {
  /** Texts by their paths in the workspace. */
  readonly files: ReadonlyMap<string, string>;
  readonly rows: readonly Row[];
  readonly variables: readonly Variable[];
}

/** The folders that an import writes to. */
export type Folder = "sources" | "routes" | "transforms" | "targets";

/** A plan in the making. */
export interface Draft {
  readonly plan: Plan;
  /** A name that is free in the folder, made of what the other product calls it: never a path. */
  name(folder: Folder, wanted: string): string;
  /** A variable's name of its own, as it is referred to: `${NAME}`. */
  variable(wanted: string, meaning: string): string;
  yaml(folder: Folder, name: string, value: object, comments?: readonly string[]): void;
  rule(name: string, text: string): void;
  tell(became: Became, what: string, reason: string): void;
}

/** An empty one. */
export function draft(): Draft {
  const files = new Map<string, string>();
  const rows: Row[] = [];
  const variables: Variable[] = [];
  const names = new Set<string>();
  return {
    plan: { files, rows, variables },
    name: (folder, wanted) => {
      const base = safeName(wanted);
      const name = firstFree(base, (one) => !names.has(`${folder}/${one}`));
      names.add(`${folder}/${name}`);
      return name;
    },
    variable: (wanted, meaning) => {
      const base = safeName(wanted).replaceAll("-", "_").toUpperCase();
      const start = /^[0-9]/.test(base) ? `V_${base}` : base;
      const name = firstFree(start, (one) => !variables.some((variable) => variable.name === one), "_");
      variables.push({ name, meaning });
      return `\${${name}}`;
    },
    yaml: (folder, name, value, comments = []) => {
      const text = comments.map((comment) => `# ${oneLine(comment)}\n`).join("") + writtenYaml(value);
      files.set(`${folder}/${name}.yaml`, formattedYaml(text, 120) ?? text);
    },
    rule: (name, text) => {
      const formatted = formatJsonata(text);
      files.set(`transforms/${name}.jsonata`, formatted.ok ? formatted.text : text);
    },
    tell: (became, what, reason) => void rows.push({ became, what: oneLine(what), reason: oneLine(reason) }),
  };
}

/** A condition as people read it: on several lines where it is long. */
export function readable(condition: string): string {
  const formatted = formatJsonata(condition);
  return formatted.ok ? formatted.text.trimEnd() : condition;
}

/** Lower-case letters, digits and hyphens, at most 60; a name that is none of them is `unnamed`. */
function safeName(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 61)
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  // The router's own events come from a source of this name.
  return plain === "signalbox" ? "signalbox-2" : plain || "unnamed";
}

function firstFree(base: string, isFree: (name: string) => boolean, joint = "-"): string {
  for (let at = 1; ; at++) {
    const name = at === 1 ? base : `${base}${joint}${at}`;
    if (isFree(name)) return name;
  }
}

/** Text of others on one line, short, without characters that a terminal would act upon. */
export function oneLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

/** A text as a source or a target holds it literally: nothing in it is a variable or a rule's part. */
export function literal(text: string): string {
  return text.replaceAll("${", () => "$${");
}
