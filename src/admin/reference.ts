/** The reference page of the API, made of the table of endpoints. Pure. */
import { isFields } from "../core/schema-walk.ts";
import type { Endpoint, Shape } from "./endpoint.ts";
import { adminEndpoints, type Watched } from "./endpoints.ts";
import { operatedEndpoints, type Operated } from "./operation.ts";
import type { PeopleParts } from "./people/parts.ts";
import { peopleEndpoints } from "./people/people.ts";
import { nameOfShape } from "./shapes/names.ts";

const NOTE = "<!-- Generated from the table of endpoints by `npm run generate`; do not edit. -->";

/** Stands for whatever endpoints look at: they can be listed, not called. */
const nothing: unknown = new Proxy(() => undefined, { get: () => nothing, apply: () => nothing });

/** Every endpoint, to be read about. */
export function listedEndpoints(): readonly Endpoint[] {
  const people = peopleEndpoints(nothing as PeopleParts);
  return adminEndpoints(nothing as Watched, [...operatedEndpoints(nothing as Operated), ...people], "");
}

/** A page with a table of operations for each tag. */
export function apiReference(endpoints: readonly Endpoint[]): string {
  const told = endpoints.filter(({ tag }) => tag !== "Pages");
  const tags = [...new Set(told.map(({ tag }) => tag))];
  const lines = [
    NOTE,
    "",
    "# The operator's API",
    "",
    "How to authenticate, page, filter and follow stands in [api.md](../api.md). A running router serves this as OpenAPI 3.1",
    "at `/api/openapi.json`, and each shape part by part at `/docs/schemas/api.<name>`.",
    "",
    ...tags.flatMap((tag) => [
      `## ${tag}`,
      "",
      "| operation | scope | takes | answers |",
      "| --- | --- | --- | --- |",
      ...told.filter((endpoint) => endpoint.tag === tag).map(rowOf),
      "",
    ]),
  ];
  return lines.join("\n");
}

function rowOf(endpoint: Endpoint): string {
  const { method, path, summary, scope } = endpoint;
  const cells = [`\`${method} ${path}\`<br>${summary}`, scope, takenBy(endpoint), answerOf(endpoint)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function takenBy({ query = {}, required = [], body }: Endpoint): string {
  const parameters = Object.keys(query).map(
    (name) => `\`${name}\`${required.includes(name) ? " (needed)" : ""}`,
  );
  const inside = body === undefined ? [] : [`body ${nameOf(body) ?? keysOf(body)}`];
  return [parameters.join(" "), ...inside].filter((text) => text !== "").join("; ");
}

function answerOf({ status, reply, streamed }: Endpoint): string {
  if (streamed !== undefined)
    return `SSE ${Object.keys(streamed)
      .map((name) => `\`${name}\``)
      .join(" ")}`;
  if (reply === undefined) return String(status ?? 204);
  return `${status ?? 200} ${nameOf(reply) ?? keysOf(reply)}`;
}

function nameOf(shape: Shape): string | undefined {
  const name = nameOfShape(shape);
  return name === undefined ? undefined : `\`${name}\``;
}

function keysOf({ properties }: Shape): string {
  return isFields(properties) ? `\`{ ${Object.keys(properties).join(", ")} }\`` : "JSON";
}
