/** The OpenAPI 3.1 document, made of the table of endpoints: what is served and what is told cannot differ. */
import { SCOPES } from "../core/role.ts";
import { isFields } from "../core/schema-walk.ts";
import { operationId, type Endpoint, type Shape } from "./endpoint.ts";
import { nameOfShape, namedShapes } from "./shapes/names.ts";
import { problem } from "./shapes/catalogue.ts";

type Json = Readonly<Record<string, unknown>>;

/** The document of these endpoints; pages for people are left out. */
export function openApi(endpoints: readonly Endpoint[], version: string): Json {
  const told = endpoints.filter(({ tag }) => tag !== "Pages");
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of told) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = operationOf(endpoint);
  }
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Signalbox",
      version,
      summary: "The operator's side of an event-driven webhook router.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(told.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries([...namedShapes].map(([name, shape]) => [name, insideOf(shape)])),
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-signalbox",
          description:
            "A person at the page. What changes something also needs the header `x-csrf-token`, with the value that the session's own page has.",
        },
        token: {
          type: "http",
          scheme: "bearer",
          description: `An API token, or the token in the data folder of this machine's router. Scopes: ${SCOPES.join(", ")}.`,
        },
      },
    },
  };
}

function operationOf(endpoint: Endpoint): Json {
  const { path, tag, summary, scope, query = {}, required = [], body, audit } = endpoint;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const open = scope === "public";
  return {
    operationId: operationId(endpoint),
    tags: [tag],
    summary,
    "x-scope": scope,
    ...(audit !== undefined && { "x-audit": audit }),
    security: open ? [] : scope === "session" ? [{ session: [] }] : [{ session: [] }, { token: [] }],
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...Object.entries(query).map(([name, shape]) => {
        const { description, ...schema } = shape;
        return {
          name,
          in: "query",
          required: required.includes(name),
          ...(description !== undefined && { description }),
          schema,
        };
      }),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: Array.isArray(body["required"]) && body["required"].length > 0,
        content: { "application/json": { schema: refTo(body) } },
      },
    }),
    responses: {
      [String(endpoint.status ?? (hasReply(endpoint) ? 200 : 204))]: successOf(endpoint),
      ...problemsOf(endpoint, names.length > 0),
    },
  };
}

function hasReply({ reply, stream, status }: Endpoint): boolean {
  return reply !== undefined || stream !== undefined || status !== undefined;
}

function successOf({ reply, streamed, stream }: Endpoint): Json {
  if (stream !== undefined) {
    return {
      description: "Server-sent events until the caller leaves; their data is JSON, by the event's name.",
      content: { "text/event-stream": { schema: { type: "string" } } },
      "x-events": Object.fromEntries(
        Object.entries(streamed ?? {}).map(([name, shape]) => [name, refTo(shape)]),
      ),
    };
  }
  if (reply === undefined) return { description: "Done." };
  const said = typeof reply["description"] === "string" ? reply["description"] : "The answer.";
  return { description: said, content: { "application/json": { schema: refTo(reply) } } };
}

function problemsOf({ scope, query, body, audit }: Endpoint, named: boolean): Json {
  const open = scope === "public";
  const reasons: Readonly<Record<string, string | undefined>> = {
    400: "A parameter or the body is not as declared.",
    401: open ? undefined : "It is not known who calls.",
    403: open ? undefined : "The caller may not do this.",
    404: named ? "There is nothing of this id or name." : undefined,
    409: audit === undefined ? undefined : "It is not as the caller thought.",
    410: query?.["cursor"] === undefined ? undefined : "The cursor leads nowhere any more.",
    413: body === undefined ? undefined : "The body is too large.",
    default: "Any other refusal.",
  };
  const content = { "application/problem+json": { schema: refTo(problem) } };
  return Object.fromEntries(
    Object.entries(reasons).flatMap(([status, description]) =>
      description === undefined ? [] : [[status, { description, content }]],
    ),
  );
}

/** A shape by its name where it has one, otherwise as it stands. */
function refTo(shape: Shape): Json {
  const name = nameOfShape(shape);
  return name === undefined ? insideOf(shape) : { $ref: `#/components/schemas/${name}` };
}

/** A shape with the named ones in it replaced by their names. */
function insideOf(shape: Shape): Json {
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, replaced(value)]));
}

function replaced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replaced);
  return isFields(value) ? refTo(value) : value;
}
