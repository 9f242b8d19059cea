/** Spans as OTLP 1 has them, for `POST /v1/traces`: as protobuf, or as its JSON. opentelemetry-proto, trace/v1/trace.proto. */
import type { Span } from "../../core/span.ts";

/** What all spans of a call come from. */
export interface Origin {
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
}

const SCOPE = "signalbox";
const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
const ERROR = 2;
/** Of `Span.flags`: it is known whether the parent is remote. Bits 8 and 9; the lowest is "sampled". */
const FLAGS = 0x101;

/** The request's body as JSON. */
export function otlpJson(spans: readonly Span[], { resource, version }: Origin): Buffer {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: jsonAttributes(resource) },
        scopeSpans: [{ scope: { name: SCOPE, version }, spans: spans.map(jsonSpan) }],
      },
    ],
  };
  return Buffer.from(JSON.stringify(body));
}

function jsonSpan(span: Span): object {
  const { traceId, spanId, parentId, state, name, kind, startedAt, endedAt, attributes, error, links } = span;
  return {
    ...{ traceId, spanId, name, kind: KINDS[kind], flags: FLAGS },
    ...(parentId !== undefined && { parentSpanId: parentId }),
    ...(state !== undefined && { traceState: state }),
    startTimeUnixNano: String(nanosOf(startedAt)),
    endTimeUnixNano: String(nanosOf(endedAt)),
    attributes: jsonAttributes(attributes),
    ...(links && { links }),
    ...(error !== undefined && { status: { code: ERROR, message: error } }),
  };
}

function jsonAttributes(attributes: Span["attributes"]): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));
}

function jsonValue(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** The request's body as protobuf. */
export function otlpProtobuf(spans: readonly Span[], { resource, version }: Origin): Buffer {
  const scope = Buffer.concat([text(1, SCOPE), text(2, version)]);
  const scopeSpans = Buffer.concat([nested(1, scope), ...spans.map((span) => nested(2, protoSpan(span)))]);
  const resourceSpans = Buffer.concat([nested(1, protoAttributes(1, resource)), nested(2, scopeSpans)]);
  return nested(1, resourceSpans);
}

function protoSpan(span: Span): Buffer {
  const { traceId, spanId, parentId, state, name, kind, startedAt, endedAt, attributes, error, links } = span;
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(FLAGS);
  return Buffer.concat([
    nested(1, Buffer.from(traceId, "hex")),
    nested(2, Buffer.from(spanId, "hex")),
    state === undefined ? EMPTY : text(3, state),
    parentId === undefined ? EMPTY : nested(4, Buffer.from(parentId, "hex")),
    text(5, name),
    tag(6, VARINT),
    varint(KINDS[kind]),
    fixed64(7, nanosOf(startedAt)),
    fixed64(8, nanosOf(endedAt)),
    protoAttributes(9, attributes),
    ...(links ?? []).map((link) => nested(13, protoLink(link))),
    error === undefined ? EMPTY : nested(15, Buffer.concat([text(2, error), tag(3, VARINT), varint(ERROR)])),
    tag(16, FIXED32),
    flags,
  ]);
}

function protoLink({ traceId, spanId }: NonNullable<Span["links"]>[number]): Buffer {
  return Buffer.concat([nested(1, Buffer.from(traceId, "hex")), nested(2, Buffer.from(spanId, "hex"))]);
}

function protoAttributes(field: number, attributes: Span["attributes"]): Buffer {
  const pairs = Object.entries(attributes).map(([key, value]) =>
    nested(field, Buffer.concat([text(1, key), nested(2, protoValue(value))])),
  );
  return Buffer.concat(pairs);
}

function protoValue(value: string | number | boolean): Buffer {
  if (typeof value === "string") return text(1, value);
  if (typeof value === "boolean") return Buffer.concat([tag(2, VARINT), varint(value ? 1 : 0)]);
  if (Number.isSafeInteger(value) && value >= 0) return Buffer.concat([tag(3, VARINT), varint(value)]);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  return Buffer.concat([tag(4, FIXED64), double]);
}

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const EMPTY = Buffer.alloc(0);

function tag(field: number, wire: number): Buffer {
  return varint(field * 8 + wire);
}

/** From 0 to 2^53. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function nested(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(field, LENGTH), varint(bytes.length), bytes]);
}

function text(field: number, value: string): Buffer {
  return nested(field, Buffer.from(value));
}

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

function nanosOf(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms * 1_000))) * 1_000n;
}
