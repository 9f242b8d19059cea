/**
 * Node-RED's flows as sources, routes, transforms and targets: each way from an `http in` to an `http request` is a route. A way over
 * a node that says what cannot be said here has none: the node is named.
 */
import { all, Unmapped } from "./condition.ts";
import type { Condition } from "./condition.ts";
import { get, received, render } from "./message.ts";
import type { Value } from "./message.ts";
import { changed, converted, templated } from "./node-red-change.ts";
import type { Fields } from "./node-red-change.ts";
import { importRequest, importResponse, importSource } from "./node-red-ends.ts";
import { branches } from "./node-red-switch.ts";
import { draft as begin, readable } from "./plan.ts";
import type { Draft, Plan } from "./plan.ts";

/** Nodes that only look on. */
const LOOK_ON: ReadonlySet<string> = new Set(
  "debug comment tab group catch status complete global-config inject http-proxy tls-config subflow junction-label".split(
    " ",
  ),
);
const MAX_WAYS = 500;
const MAX_NODES_ON_A_WAY = 100;

/** What a message is and has met on its way. */
interface Way {
  readonly source: string;
  readonly message: Value;
  readonly when: readonly Condition[];
  readonly delaySeconds: number;
  readonly nodes: readonly string[];
}

interface Flow {
  readonly nodes: ReadonlyMap<string, Fields>;
  readonly draft: Draft;
  /** Nodes that a way has come to. */
  readonly seen: Set<string>;
  /** What has been told of nodes: once each. */
  readonly told: Set<string>;
  /** Names of targets by what they were made of. */
  readonly targets: Map<string, string>;
  ways: number;
}

/** Undefined where the value holds no nodes. */
export function importNodeRed(value: unknown): Plan | undefined {
  const listed = Array.isArray(value)
    ? (value as unknown[])
    : isFields(value) && Array.isArray(value["flows"])
      ? (value["flows"] as unknown[])
      : undefined;
  const all = (listed ?? []).filter(isNode);
  if (all.length === 0) return undefined;
  const nodes = new Map(all.map((node) => [node["id"] as string, node]));
  const flow: Flow = { nodes, draft: begin(), seen: new Set(), told: new Set(), targets: new Map(), ways: 0 };
  for (const node of all) if (node["type"] === "http in") begun(node, flow);
  for (const node of all) leftOver(node, flow);
  return flow.draft.plan;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isNode = (value: unknown): value is Fields =>
  isFields(value) && typeof value["id"] === "string" && typeof value["type"] === "string";

/** A node by its name, kind and id. */
export function labelOf(node: Fields): string {
  const name = typeof node["name"] === "string" && node["name"] !== "" ? ` "${node["name"]}"` : "";
  return `${String(node["type"])}${name} (${String(node["id"])})`;
}

function isOff(node: Fields, { nodes }: Flow): boolean {
  const tab = nodes.get(String(node["z"]));
  return node["d"] === true || tab?.["disabled"] === true;
}

function begun(node: Fields, flow: Flow): void {
  flow.seen.add(String(node["id"]));
  if (isOff(node, flow))
    return flow.draft.tell("nearly", labelOf(node), "it is disabled there and left out here.");
  const source = importSource(node, labelOf(node), flow.draft);
  if (source === undefined) return;
  onward(node, 0, { source, message: received(), when: [], delaySeconds: 0, nodes: [] }, flow);
}

/** To every node that is wired to an output. */
function onward(node: Fields, output: number, way: Way, flow: Flow): void {
  const wires: unknown = Array.isArray(node["wires"]) ? (node["wires"] as unknown[])[output] : undefined;
  const ids: unknown[] = Array.isArray(wires) ? (wires as unknown[]) : [];
  for (const id of ids) reach(String(id as string), way, flow);
}

function reach(id: string, way: Way, flow: Flow): void {
  const node = flow.nodes.get(id);
  if (node === undefined) return;
  flow.seen.add(id);
  const label = labelOf(node);
  if (isOff(node, flow))
    return once(flow, id, () => flow.draft.tell("nearly", label, "it is disabled there and left out here."));
  if (way.nodes.includes(id) || way.nodes.length >= MAX_NODES_ON_A_WAY)
    return once(flow, `loop ${id}`, () =>
      flow.draft.tell("not", label, "the flow goes round in a circle here."),
    );
  if (++flow.ways > MAX_WAYS * MAX_NODES_ON_A_WAY)
    return once(flow, "ways", () =>
      flow.draft.tell("not", label, `the flow has more than ${MAX_WAYS} ways; the rest is left out.`),
    );
  try {
    pass(node, { ...way, nodes: [...way.nodes, id] }, flow);
  } catch (error) {
    if (!(error instanceof Unmapped)) throw error;
    once(flow, `${id} ${error.message}`, () =>
      flow.draft.tell("not", label, `its ${error.message}. No route goes on from here.`),
    );
  }
}

function once(flow: Flow, key: string, tell: () => void): void {
  if (flow.told.has(key)) return;
  flow.told.add(key);
  tell();
}

function taken(flow: Flow, node: Fields, reason: string, became: "taken" | "nearly" = "taken"): void {
  once(flow, `taken ${String(node["id"])}`, () => flow.draft.tell(became, labelOf(node), reason));
}

function pass(node: Fields, way: Way, flow: Flow): void {
  switch (node["type"]) {
    case "change": {
      const message = changed(node, way.message);
      taken(flow, node, "part of the transform.");
      return onward(node, 0, { ...way, message }, flow);
    }
    case "template": {
      const { message, escapes } = templated(node, way.message);
      if (escapes)
        taken(flow, node, "part of the transform; `{{ }}` was escaped for HTML, and is not here.", "nearly");
      else taken(flow, node, "part of the transform.");
      return onward(node, 0, { ...way, message }, flow);
    }
    case "json": {
      const message = converted(node, way.message);
      taken(flow, node, "a body of JSON has been read when it is accepted.");
      return onward(node, 0, { ...way, message }, flow);
    }
    case "switch": {
      const conditions = branches(node, way.message);
      taken(flow, node, "`when` of the routes.");
      return conditions.forEach((when, output) =>
        onward(node, output, { ...way, when: [...way.when, when] }, flow),
      );
    }
    case "delay":
      return onward(node, 0, { ...way, delaySeconds: way.delaySeconds + delayOf(node, flow) }, flow);
    case "link out":
      for (const id of linksOf(node)) reach(id, way, flow);
      return;
    case "link in":
    case "junction":
      return onward(node, 0, way, flow);
    case "http request":
      return delivered(node, way, flow);
    case "http response":
      return once(flow, `answer ${way.source} ${String(node["id"])}`, () =>
        importResponse(node, { ...way, label: labelOf(node) }, flow.draft),
      );
    default:
      if (LOOK_ON.has(String(node["type"]))) return;
      throw new Unmapped(
        node["type"] === "function" ? "JavaScript cannot be translated" : "kind of node has no counterpart",
      );
  }
}

function linksOf(node: Fields): string[] {
  if (node["mode"] === "return") throw new Unmapped("way back of a call cannot be followed");
  return Array.isArray(node["links"]) ? (node["links"] as unknown[]).map(String) : [];
}

const UNITS: Readonly<Record<string, number>> = {
  milliseconds: 0.001,
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};

function delayOf(node: Fields, flow: Flow): number {
  const { pauseType, timeout, timeoutUnits = "seconds" } = node;
  if (pauseType !== "delay")
    throw new Unmapped(
      `way of delaying (${String(pauseType)}) is another one: see \`limit\` of a target and \`throttle\` of a route`,
    );
  const seconds = Number(timeout) * (UNITS[String(timeoutUnits)] ?? Number.NaN);
  if (!(seconds > 0 && seconds <= 366 * 86_400)) throw new Unmapped("delay is no time up to 366 days");
  taken(flow, node, "`delay` of the routes.");
  return seconds;
}

/** A way that has come to a call: a route. */
function delivered(node: Fields, way: Way, flow: Flow): void {
  const { draft } = flow;
  const target = importRequest(node, { ...way, label: labelOf(node) }, flow);
  const payload = get(way.message, ["payload"]);
  const isUnchanged = payload?.kind === "expression" && payload.text === "$";
  const name = draft.name("routes", `${way.source} to ${target}`);
  if (!isUnchanged) draft.rule(name, `${render(payload)}\n`);
  const when = way.when.length > 0 ? all(way.when) : undefined;
  const value = {
    source: way.source,
    ...(when && { when: readable(when.text) }),
    ...(!isUnchanged && { transform: name }),
    ...(way.delaySeconds > 0 && { delay: way.delaySeconds }),
    target,
  };
  draft.yaml("routes", name, value, [`Imported from Node-RED: ${[...way.nodes].join(" → ")}.`]);
  after(node, flow);
}

/** What the flow does with the answer is not followed, unless it only looks at it. */
function after(node: Fields, flow: Flow): void {
  const wires = Array.isArray(node["wires"]) ? (node["wires"] as unknown[]).flat() : [];
  for (const id of wires) {
    const next = flow.nodes.get(String(id as string));
    if (next === undefined || LOOK_ON.has(String(next["type"]))) continue;
    flow.seen.add(String(next["id"]));
    once(flow, `after ${String(next["id"])}`, () =>
      flow.draft.tell(
        "not",
        labelOf(next),
        `it is given the answer of ${labelOf(node)}: see \`expect\` of a route, \`respond.route\` of a source, and chains of routes.`,
      ),
    );
  }
}

/** Nodes that no way from an `http in` has come to. */
function leftOver(node: Fields, flow: Flow): void {
  const id = String(node["id"]);
  const isPart = Array.isArray(node["wires"]) && !LOOK_ON.has(String(node["type"]));
  if (flow.seen.has(id) || !isPart) return;
  flow.draft.tell("not", labelOf(node), "no way leads to it from an `http in` that could be followed.");
}
