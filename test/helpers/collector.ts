/** An OpenTelemetry collector on loopback: takes OTLP over HTTP, as protobuf or JSON, and reads it by the protocol's own field numbers. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly state: string;
  readonly name: string;
  readonly kind: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2: error. */
  readonly status: number;
  readonly said: string;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface Collector {
  readonly url: string;
  readonly spans: SeenSpan[];
  /** Of each call. */
  readonly calls: { readonly headers: Readonly<Record<string, unknown>>; readonly spans: number }[];
  /** What the next calls are answered; 200 at first. */
  answer: number;
  named(name: string): readonly SeenSpan[];
  close(): Promise<void>;
}

export async function aCollector(port = 0): Promise<Collector> {
  const sockets = new Set<Socket>();
  const spans: SeenSpan[] = [];
  const calls: { headers: Record<string, unknown>; spans: number }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      const isJson = request.headers["content-type"] === "application/json";
      const found = isJson ? fromJson(body) : fromProtobuf(body);
      calls.push({ headers: request.headers, spans: found.length });
      if (collector.answer === 200) spans.push(...found);
      response.writeHead(collector.answer).end();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, calls, answer: 200 },
    named: (name) => spans.filter((span) => span.name === name),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return collector;
}

type Json = Record<string, unknown>;

function fromJson(body: Buffer): SeenSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as {
    resourceSpans: { resource: { attributes: Json[] }; scopeSpans: { spans: Json[] }[] }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        traceId: String(span["traceId"]),
        spanId: String(span["spanId"]),
        parentId: String(span["parentSpanId"] ?? ""),
        state: String(span["traceState"] ?? ""),
        name: String(span["name"]),
        kind: Number(span["kind"]),
        startedAt: Number(span["startTimeUnixNano"]) / 1e6,
        endedAt: Number(span["endTimeUnixNano"]) / 1e6,
        attributes: jsonAttributes(span["attributes"] as Json[]),
        links: (span["links"] ?? []) as SeenSpan["links"],
        status: Number((span["status"] as Json | undefined)?.["code"] ?? 0),
        said: String((span["status"] as Json | undefined)?.["message"] ?? ""),
        resource: jsonAttributes(resource.attributes),
      })),
    ),
  );
}

function jsonAttributes(attributes: readonly Json[]): Json {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[kind, said] = ["", ""]] = Object.entries(value as Json);
      return [key, kind === "intValue" ? Number(said) : said];
    }),
  );
}

/** The fields of a protobuf message: number → values, as they came. */
function fields(bytes: Buffer): Map<number, (Buffer | bigint)[]> {
  const found = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("The protobuf message is cut off.");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(varint()) : 0;
    if (wire !== 0 && (length === 0 ? wire !== 2 : at + length > bytes.length))
      throw new Error(`The protobuf message has wire type ${wire} where it cannot be.`);
    const value = wire === 0 ? varint() : bytes.subarray(at, (at += length));
    const field = tag >> 3;
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

function fromProtobuf(body: Buffer): SeenSpan[] {
  return all(fields(body), 1).flatMap((resourceSpans) => {
    const of = fields(resourceSpans);
    const resource = protoAttributes(all(fields(all(of, 1)[0]!), 1));
    return all(of, 2).flatMap((scope) =>
      all(fields(scope), 2).map((span) => protoSpan(fields(span), resource)),
    );
  });
}

function protoSpan(of: ReturnType<typeof fields>, resource: Json): SeenSpan {
  const bytes = (field: number): Buffer => all(of, field)[0] ?? Buffer.alloc(0);
  const status = fields(bytes(15));
  return {
    traceId: bytes(1).toString("hex"),
    spanId: bytes(2).toString("hex"),
    parentId: bytes(4).toString("hex"),
    state: bytes(3).toString(),
    name: bytes(5).toString(),
    kind: Number(of.get(6)?.[0] ?? 0),
    startedAt: Number(bytes(7).readBigUInt64LE()) / 1e6,
    endedAt: Number(bytes(8).readBigUInt64LE()) / 1e6,
    attributes: protoAttributes(all(of, 9)),
    links: all(of, 13).map((link) => {
      const parts = fields(link);
      return { traceId: all(parts, 1)[0]!.toString("hex"), spanId: all(parts, 2)[0]!.toString("hex") };
    }),
    status: Number(status.get(3)?.[0] ?? 0),
    said: (all(status, 2)[0] ?? "").toString(),
    resource,
  };
}

function protoAttributes(pairs: readonly Buffer[]): Json {
  return Object.fromEntries(
    pairs.map((pair) => {
      const of = fields(pair);
      const [[kind, [value]] = [0, []]] = fields(all(of, 2)[0]!);
      const said =
        kind === 1 ? String(value) : kind === 2 ? value === 1n : kind === 3 ? Number(value) : undefined;
      return [String(all(of, 1)[0]), kind === 4 ? (value as Buffer).readDoubleLE() : said];
    }),
  );
}

function all(of: ReturnType<typeof fields>, field: number): Buffer[] {
  return (of.get(field) ?? []) as Buffer[];
}
