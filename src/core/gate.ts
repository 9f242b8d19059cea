/** A route's `gate`: which of its deliveries wait for a person, who may let them pass, and what happens if nobody does. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** The `gate` of a route's file. */
export const gateSchema = {
  type: "object",
  additionalProperties: false,
  description:
    "Holds deliveries until people have approved the exact request that would be sent. `gate: {}` holds all of them for any operator. See docs/gates.md.",
  properties: {
    when: {
      type: "string",
      minLength: 1,
      description:
        "JSONata over the body; `$result` is what the rule made. Anything but `false` holds the delivery: what cannot be judged waits. Without it all of them wait.",
      examples: ["$result.amount > 1000"],
    },
    reviewers: {
      type: "array",
      minItems: 1,
      items: { type: "string", minLength: 1, maxLength: 100 },
      description:
        "Who may decide: names of people, or `operator` or `admin` for everybody who is that or more. Without it any operator.",
      examples: [["ann", "admin"]],
    },
    approvals: {
      type: "integer",
      minimum: 1,
      maximum: 20,
      default: 1,
      description: "How many people must approve. One rejection is enough.",
    },
    selfApproval: {
      type: "boolean",
      default: false,
      description:
        "May whoever caused the delivery decide? That is who replayed it or edited its event, and `causedBy`.",
    },
    causedBy: {
      type: "string",
      minLength: 1,
      description:
        "JSONata over the body: the name, or names, of who caused the event, as people are named here; `$result` as in `when`.",
      examples: ["sender.login"],
    },
    timeout: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: 31_536_000 },
        { type: "string", pattern: "^[1-9][0-9]{0,7}(s|m|h|d)$" },
      ],
      description:
        "How long it waits at most: seconds, or a text such as `90s`, `30m`, `24h`, `7d`. Without it there is no end.",
      examples: ["24h", 900],
    },
    onTimeout: {
      enum: ["approve", "reject", "keep"],
      default: "reject",
      description:
        "What happens when the time is up: it is sent, it is given up, or it goes on waiting, as overdue.",
    },
    notify: {
      type: "string",
      minLength: 1,
      description: "Name of a file in `targets/` that is told of each new hold.",
      examples: ["team-chat"],
    },
    show: {
      type: "string",
      minLength: 1,
      description: "JSONata over the body that makes what reviewers see first; `$result` as in `when`.",
      examples: ['{ "customer": customer.name, "amount": $result.amount }'],
    },
  },
} as const satisfies JSONSchema;

/** A gate with its defaults filled in. */
export type GateFile = FromSchema<typeof gateSchema>;

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A `timeout` in ms. */
export function timeoutMs(timeout: number | string): number {
  if (typeof timeout === "number") return timeout * 1_000;
  return Number(timeout.slice(0, -1)) * UNITS[timeout.slice(-1)]!;
}
