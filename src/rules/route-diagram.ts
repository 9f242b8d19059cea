/** The map of sources, routes and targets as a Mermaid flowchart: text that GitHub and GitLab draw, and that can be compared. */
import type { Workspace } from "./workspace.ts";

/** Sources on the left, targets on the right; dotted where a target is only asked. What nobody names stands alone. */
export function diagramOf({ sources, routes, targets }: Workspace): string {
  const ids = new Map<string, string>();
  const nodes: string[] = [];
  const node = (
    kind: "source" | "route" | "target",
    name: string,
    shape: (label: string) => string,
  ): string => {
    const key = `${kind} ${name}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = `${kind}${[...ids.keys()].filter((one) => one.startsWith(`${kind} `)).length}`;
    ids.set(key, id);
    nodes.push(`  ${id}${shape(label(name))}`);
    return id;
  };
  const source = (name: string): string => node("source", name, (said) => `(["${said}"])`);
  const target = (name: string): string => node("target", name, (said) => `[/"${said}"/]`);
  for (const name of sorted(sources)) source(name);
  const edges: string[] = [];
  for (const name of sorted(routes)) {
    const { file, target: to, lookups } = routes.get(name)!;
    const route = node("route", name, (said) => `["${said}"]`);
    const types = file.on.join(", ");
    edges.push(`  ${source(file.source)} -->${types === "*" ? "" : `|"${label(types)}"|`} ${route}`);
    edges.push(`  ${route} --> ${target(to.name)}`);
    for (const lookup of lookups ?? [])
      edges.push(`  ${route} -. "${label(lookup.name)}" .-> ${target(lookup.target.name)}`);
  }
  for (const name of sorted(targets)) target(name);
  return `flowchart LR\n${[...nodes, ...edges].join("\n")}\n`;
}

const sorted = (named: ReadonlyMap<string, unknown>): string[] => [...named.keys()].sort();

/** Within quotes Mermaid reads `#…;` and HTML. */
const label = (text: string): string =>
  text.replaceAll(/[#"<>&]/g, (letter) => `#${letter.codePointAt(0)!};`);
