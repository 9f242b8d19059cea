/** A span: what one step took, within a trace. Named by the words of the contract. */

/** `accept`: a request; `deliver`: a turn of a worker; `transform`: filter, schemas and rule; `attempt`: the call to the target. */
export type SpanName = "accept" | "deliver" | "transform" | "attempt";

/** What it says of itself: names of OpenTelemetry's conventions where there are some, else `signalbox.…`. Never a payload or a secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A step that is over. */
export interface Span {
  readonly name: SpanName;
  readonly kind: "internal" | "server" | "client" | "consumer";
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  /** `tracestate`. */
  readonly state?: string;
  /** Epoch ms by the store's clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: SpanAttributes;
  /** Why it failed; absent where it did not. */
  readonly error?: string;
  /** Others that it goes back to. */
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}
