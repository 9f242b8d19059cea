/** Lines that are stopped, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { count, list, oneOf, shape, text, time } from "./shape.ts";

export const stoppedLine = shape(
  "An ordered line that a dead letter stops. `park`: it goes on when that was replayed and came through, or was discarded; `hold`: when a person has decided.",
  {
    id: { type: "string", description: "The delivery that stops it: release the line by it." },
    route: { type: "string", description: "Absent where the route is gone." },
    key: { type: "string", description: "What the route's `order` yielded; a long one is cut." },
    how: oneOf("park", "hold"),
    since: time,
    code: { type: "string", description: "What the delivery died of." },
    waiting: { type: "integer", minimum: 0, description: "Deliveries that wait behind it." },
    oldestAt: { ...time, description: "When the event of the first of those was received." },
  },
  ["route", "oldestAt"],
);
export type ShownLine = FromSchema<typeof stoppedLine>;

export const stoppedLines = shape("Stopped lines, those first that have been so for longest.", {
  items: list(stoppedLine),
  count: { ...count, description: "How many there are, also beyond the limit." },
});
export type StoppedLines = FromSchema<typeof stoppedLines>;

export const release = shape(
  "What becomes of the delivery that stops the line. `retry`: it is tried again, and the line goes on once it came through; `skip`: it stays a dead letter, and the next one goes.",
  { does: oneOf("retry", "skip") },
);

export const released = shape("The line that goes on.", { id: text, does: oneOf("retry", "skip") });
export type Released = FromSchema<typeof released>;
