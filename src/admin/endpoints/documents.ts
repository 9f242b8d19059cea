/** What explains the API: its front page, the OpenAPI document, and a page for every part of every schema. */
import { SignalboxError } from "../../core/errors.ts";
import { jsonReply, operationId, queryShape, type Endpoint, type Shape } from "../endpoint.ts";
import { openApi } from "../openapi.ts";
import { schemaListPage, schemaPage } from "../schema-page.ts";
import { namedShapes } from "../shapes/names.ts";
import type { Watched } from "../watched.ts";

/** `all`: the whole table, these included. */
export function documentEndpoints(
  { workspace }: Pick<Watched, "workspace">,
  version: string,
  all: () => readonly Endpoint[],
): readonly Endpoint[] {
  let document: unknown;
  let shapes: ReadonlyMap<string, Shape> | undefined;
  const ownShapes = (): ReadonlyMap<string, Shape> => (shapes ??= shapesOf(all()));
  return [
    {
      method: "GET",
      path: "/api/openapi.json",
      tag: "Documents",
      summary: "This API as an OpenAPI 3.1 document",
      scope: "public",
      reply: { type: "object", description: "OpenAPI 3.1." },
      answer: () => jsonReply(200, (document ??= openApi(all(), version))),
    },
    {
      method: "GET",
      path: "/docs/schemas",
      tag: "Pages",
      summary: "The schemas of the workspace and of this API",
      scope: "public",
      answer: () => schemaListPage([...workspace().schemas.keys()], [...ownShapes().keys()]),
    },
    {
      method: "GET",
      path: "/docs/schemas/:name",
      tag: "Pages",
      summary:
        "A schema, part by part. Public: schemas are in git and hold no payload. `api.<name>` are this API's own",
      scope: "public",
      answer: ({ parameters }) => {
        const name = parameters["name"] ?? "";
        const own = ownShapes().get(name);
        const schema = own ?? workspace().schemas.get(name)?.schema;
        if (schema !== undefined) return schemaPage(name, schema);
        throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no schema of this name.");
      },
    },
  ];
}

/** The API's shapes by the names of their pages: those with a name, and each operation's query and body. */
function shapesOf(endpoints: readonly Endpoint[]): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const [name, shape] of namedShapes) shapes.set(`api.${name}`, shape);
  for (const endpoint of endpoints) {
    const id = `api.${operationId(endpoint)}`;
    if (endpoint.tag !== "Pages") shapes.set(`${id}.query`, queryShape(endpoint));
    if (endpoint.body !== undefined) shapes.set(`${id}.body`, endpoint.body);
  }
  return shapes;
}
