/**
 * The Model Context Protocol, server's side, over lines of JSON-RPC 2.0: https://modelcontextprotocol.io/specification/2025-06-18.
 * By hand: the protocol's own package brings 94 others (29 MB), Express and a second HTTP server among them, for five methods.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** What a tool says; `isError`: why it could not do what was asked, for whoever asked to read. */
export interface Said {
  readonly text: string;
  readonly isError?: boolean;
}

/** Something that may be asked. It changes nothing, and says so to who lists it. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: object;
  /** The arguments are an object, and not checked yet. Never throws. */
  readonly call: (given: Readonly<Record<string, unknown>>) => Promise<Said>;
}

/** A text that may be read. */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly mimeType: string;
  readonly read: () => Promise<string>;
}

/** What a server is and has. */
export interface Served {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
}

/** Versions that are spoken alike, the newest first: it is offered where another one is asked for. */
const VERSIONS = ["2025-06-18", "2025-03-26", "2024-11-05"];
const MAX_LINE = 1024 * 1024;
const PAGE = 50;

/** JSON-RPC 2.0 § 5.1. */
const CODES = {
  parse: -32_700,
  request: -32_600,
  method: -32_601,
  parameters: -32_602,
  internal: -32_603,
} as const;

type Id = string | number;
type Fields = Readonly<Record<string, unknown>>;

class Refused extends Error {
  readonly code: number;

  constructor(code: keyof typeof CODES, message: string) {
    super(message);
    this.code = CODES[code];
  }
}

/** Answers what comes on the input until it ends; each answer is one line. What comes at once is answered side by side. */
export async function speakMcp(
  served: Served,
  input: Readable,
  write: (line: string) => void,
): Promise<void> {
  const under = new Set<Promise<void>>();
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    const answering = answered(line, served).then((answer) => {
      if (answer !== undefined) write(`${JSON.stringify(answer)}\n`);
    });
    under.add(answering);
    void answering.finally(() => under.delete(answering));
  }
  await Promise.all(under);
}

async function answered(line: string, served: Served): Promise<object | undefined> {
  if (line.length > MAX_LINE)
    return failure(null, new Refused("request", `A line has at most ${MAX_LINE} characters.`));
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return failure(null, new Refused("parse", "The line is not JSON."));
  }
  if (!isFields(request) || typeof request["method"] !== "string")
    // An answer to something that was never asked is no request either, and is not answered.
    return isFields(request) && ("result" in request || "error" in request)
      ? undefined
      : failure(null, new Refused("request", "Expected a JSON-RPC request with a `method`."));
  const { id, method, params = {} } = request;
  if (typeof id !== "string" && typeof id !== "number") return undefined;
  try {
    if (!isFields(params)) throw new Refused("parameters", "`params` must be an object.");
    return { jsonrpc: "2.0", id, result: await resultOf(method as string, params, served) };
  } catch (error) {
    const refused = error instanceof Refused ? error : new Refused("internal", "The server failed.");
    return failure(id, refused);
  }
}

function failure(id: Id | null, { code, message }: Refused): object {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

async function resultOf(method: string, params: Fields, served: Served): Promise<object> {
  const { name, version, instructions, tools, resources } = served;
  switch (method) {
    case "initialize": {
      const asked = params["protocolVersion"];
      return {
        protocolVersion: VERSIONS.find((one) => one === asked) ?? VERSIONS[0],
        capabilities: { tools: {}, resources: {} },
        serverInfo: { name, version },
        instructions,
      };
    }
    case "ping":
      return {};
    case "tools/list": {
      const shown = tools.map(({ call: _call, ...tool }) => ({ ...tool, annotations: READ_ONLY }));
      return paged("tools", shown, params);
    }
    case "tools/call":
      return called(params, tools);
    case "resources/list":
      return paged(
        "resources",
        resources.map(({ read: _read, ...resource }) => resource),
        params,
      );
    case "resources/templates/list":
      return { resourceTemplates: [] };
    case "resources/read": {
      const found = resources.find(({ uri }) => uri === params["uri"]);
      if (found === undefined) throw new Refused("parameters", "There is no resource of this URI.");
      const { uri, mimeType } = found;
      return { contents: [{ uri, mimeType, text: await found.read() }] };
    }
    default:
      throw new Refused("method", "There is no such method.");
  }
}

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

async function called(params: Fields, tools: readonly Tool[]): Promise<object> {
  const tool = tools.find(({ name }) => name === params["name"]);
  if (tool === undefined) throw new Refused("parameters", "There is no tool of this name.");
  const given = params["arguments"] ?? {};
  if (!isFields(given)) throw new Refused("parameters", "`arguments` must be an object.");
  const { text, isError = false } = await tool.call(given);
  return { content: [{ type: "text", text }], isError };
}

/** The cursor is where the next page begins. */
function paged(key: string, all: readonly object[], { cursor }: Fields): object {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(start) || start < 0 || start > all.length)
    throw new Refused("parameters", "The cursor is none that was given out.");
  const end = start + PAGE;
  return { [key]: all.slice(start, end), ...(end < all.length && { nextCursor: String(end) }) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
