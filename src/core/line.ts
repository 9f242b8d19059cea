/** A line: deliveries of a route with the same key, of which only some may be on their way at once. Its format in files. */

/** What a route says of its lines; it may say one of them. */
export const LINE_RULES = ["order", "latest", "throttle", "batch"] as const;
export type LineRule = (typeof LINE_RULES)[number];

/** What becomes of a line whose delivery died: `park` and `hold` stop it, `skip` goes on with the next. */
const ON_DEAD = ["park", "skip", "hold"] as const;
export type OnDead = (typeof ON_DEAD)[number];

const key = (examples: readonly string[]) =>
  ({
    type: "string",
    minLength: 1,
    description:
      "JSONata over the body, evaluated when the event is accepted: text, a number, true or false. A delivery whose key fails or is missing becomes a dead letter that says so.",
    examples,
  }) as const;

const seconds = (description: string) =>
  ({ type: "number", minimum: 0.1, maximum: 86_400, description, examples: [60] }) as const;

/** These properties of a route's JSON Schema. */
export const lineSchemas = {
  order: {
    description:
      "Deliveries with the same key go one at a time, in the order in which their events were accepted, retries included; other keys do not wait. The key alone, or with `onDead`.",
    anyOf: [
      key(["issue.id"]),
      {
        type: "object",
        additionalProperties: false,
        required: ["key"],
        properties: {
          key: key(["issue.id"]),
          onDead: {
            enum: ON_DEAD,
            description:
              "When one dies: `park`, which is the default, lets those behind it wait until it is replayed and comes through, or is discarded; `hold` until a person decides about the key; `skip` goes on with the next.",
          },
        },
      },
    ],
    examples: ["issue.id", { key: "issue.id", onDead: "skip" }],
  },
  latest: {
    type: "object",
    additionalProperties: false,
    required: ["key"],
    properties: { key: key(["repository.full_name"]) },
    description:
      "While a delivery with the same key is on its way, the newest one waits and takes the place of older ones, which end as `superseded`.",
    examples: [{ key: "repository.full_name" }],
  },
  throttle: {
    type: "object",
    additionalProperties: false,
    required: ["key", "perSeconds"],
    properties: {
      key: key(["customer"]),
      count: {
        type: "integer",
        minimum: 1,
        maximum: 1_000,
        default: 1,
        description: "So many deliveries with the same key may begin in a period.",
      },
      perSeconds: seconds("The period, which slides: no stretch of this length holds more."),
      keep: {
        enum: ["all", "latest"],
        default: "all",
        description:
          "What waits when the period is full: `all` in the order in which they came, or `latest`, the newest alone, and older ones end as `superseded`.",
      },
    },
    description:
      "At most so many deliveries with the same key begin in a period; the others wait until there is room, and none is lost.",
    examples: [{ key: "alert.name", perSeconds: 300, keep: "latest" }],
  },
  batch: {
    type: "object",
    additionalProperties: false,
    required: ["max", "seconds"],
    properties: {
      key: key(["customer"]),
      max: {
        type: "integer",
        minimum: 2,
        maximum: 500,
        description: "A request is made as soon as so many deliveries wait.",
        examples: [100],
      },
      seconds: seconds("A request is made at the latest so long after the first of them came."),
    },
    description:
      "Deliveries with the same key (or all, without one) are collected into one request: the rule sees an array of their bodies, and they end together.",
    examples: [{ key: "account", max: 100, seconds: 10 }],
  },
} as const;

/** The line that a delivery stands in. */
export interface Line {
  /** `<8 characters of the route><rule's letter>:<key>` (line-id.ts); fit to be part of a key of the store. */
  readonly id: string;
  /** What the store's scripts have to know of the rule, as text. */
  readonly terms: string;
}
