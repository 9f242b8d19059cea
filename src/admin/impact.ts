/** What an edited rule would change over the latest events, told before it is saved; run where it cannot hurt the router. */
import type { RuleRunner } from "../adapters/rules/rule-process.ts";
import { SignalboxError } from "../core/errors.ts";
import type { VersionText } from "../core/version.ts";
import { schemasWith } from "../rules/schemas.ts";
import { versionTextOf } from "../rules/versions.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Endpoint } from "./endpoint.ts";
import type { History, KeptBody } from "../history.ts";
import { impactSketched } from "./shapes/impact.ts";
import { shape } from "./shapes/shape.ts";

const name = { type: "string", maxLength: 200 } as const;
const MOST = 500;
/** Bytes of bodies that are handed on, about: what a process of 128 MB and 2 s can do. */
const MOST_BYTES = 2 * 1_048_576;

const asked = shape(
  "A route and the rule that it would have.",
  {
    route: name,
    rule: { type: "string", maxLength: 65_536, description: "The JSONata expression." },
    input: { ...name, description: "Schema that bodies must satisfy; without it as the route has it." },
    output: { ...name, description: "Schema that results must satisfy; without it as the route has it." },
    last: { type: "integer", minimum: 1, maximum: MOST, default: 200, description: "So many events." },
  },
  ["input", "output", "last"],
);

interface Asked {
  readonly route: string;
  readonly rule: string;
  readonly input?: string;
  readonly output?: string;
  readonly last: number;
}

/** What it needs. */
export interface Foreseeing {
  readonly workspace: () => Workspace;
  readonly history: Pick<History, "bodies">;
  readonly rules: Pick<RuleRunner, "impact">;
}

/** POST /impact. */
export function impactEndpoints(foreseeing: Foreseeing): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/impact",
      tag: "Rules",
      summary: "What an edited rule would change over the latest events; nothing is stored or sent",
      scope: "author",
      body: asked,
      reply: impactSketched,
      answer: ({ body }) => foresee(body as Asked, foreseeing),
    },
  ];
}

async function foresee(wanted: Asked, { workspace, history, rules }: Foreseeing): Promise<unknown> {
  const now = workspace();
  const route = now.routes.get(wanted.route);
  if (route === undefined) throw unknown(`There is no route \`${wanted.route}\`.`);
  const before = versionTextOf(route, now);
  for (const schema of [wanted.input, wanted.output])
    if (schema !== undefined && !now.schemas.has(schema)) throw unknown(`There is no schema \`${schema}\`.`);
  const { input = before.input, output = before.output } = wanted;
  const after: VersionText = {
    ...before,
    ...{ transform: before.transform ?? wanted.route, rule: wanted.rule },
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    schemas: schemasWith([input, output], now.schemas),
  };
  const events = await latest(wanted.last, route.file.source, history);
  return rules.impact({ before, after, events });
}

/** The latest events of a source, as many as are wanted and can be handed on. */
async function latest(count: number, source: string, history: Pick<History, "bodies">): Promise<KeptBody[]> {
  const found: KeptBody[] = [];
  let bytes = 0;
  let cursor: string | undefined;
  do {
    const page = await history.bodies({
      ...{ source, limit: count - found.length },
      ...(cursor !== undefined && { cursor }),
    });
    for (const one of page.items) {
      bytes += JSON.stringify(one).length;
      if (bytes > MOST_BYTES && found.length > 0) return found;
      found.push(one);
    }
    cursor = page.next;
  } while (cursor !== undefined && found.length < count);
  return found;
}

function unknown(detail: string): SignalboxError {
  return new SignalboxError("ADMIN_NAME_UNKNOWN", detail);
}
