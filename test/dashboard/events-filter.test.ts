import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import {
  askedOf,
  asTyped,
  placeOf,
  queryOf,
  searchOf,
  timeOf,
  typed,
} from "../../src/dashboard/pages/events-filter.ts";
import { zone } from "../../src/dashboard/shell/choices.ts";

const TZ = process.env["TZ"];

afterEach(() => {
  zone.value = "local";
  if (TZ === undefined) delete process.env["TZ"];
  else process.env["TZ"] = TZ;
});

test.each([
  ["evt_01jd3k", { filter: { id: "evt_01jd3k" } }],
  ["source:github status:500", { filter: { source: "github", status: "500" } }],
  ["order:4711", { filter: { tag: "order:4711" } }],
  ['order:"47 11" state:dead', { filter: { tag: "order:47 11", state: "dead" } }],
  ["in_1PaxQ2", { filter: { providerId: "in_1PaxQ2" } }],
  ["type:zen:event-type:ticket.created", { filter: { type: "zen:event-type:ticket.created" } }],
  ["customer.email=a@b.c", { filter: {}, within: { in: "body", path: "customer.email", value: "a@b.c" } }],
  [
    'result.text="two \\"words\\"" since:-1h',
    { filter: { from: "-1h" }, within: { in: "result", path: "text", value: 'two "words"' } },
  ],
  ["customer = c29", { filter: {}, within: { in: "body", path: "customer", value: "c29" } }],
  [
    'source:github result.text = "two words" state:dead',
    {
      filter: { source: "github", state: "dead" },
      within: { in: "result", path: "text", value: "two words" },
    },
  ],
  ["from:2h", { filter: { from: "2h" } }],
  ["req_Jd82kPq1", { filter: { providerId: "req_Jd82kPq1" } }],
  ["", { filter: {} }],
])("`%s` is understood", (text, search) => {
  expect(typed(text)).toEqual(search);
});

test("a value in an address is taken as it is: a tag may begin or end with blanks; a blank one is none", () => {
  expect(searchOf({ tag: "name: two  ", type: "  " })).toEqual({ filter: { tag: "name: two  " } });
});

test("an empty value in an address is a value: what is looked for is the empty text, not nothing", () => {
  const search = { filter: {}, within: { in: "body", path: "note", value: "" } };
  expect(searchOf({ path: "note", value: "" })).toEqual(search);
  expect(searchOf(queryOf(searchOf({ path: "note", value: "" })))).toEqual(search);
  expect(typed(asTyped(searchOf({ path: "note", value: "" })))).toEqual(search);
});

test("what is asked for can be typed, and typed again it is the same", () => {
  const value = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() === text);
  const search = fc.record(
    {
      source: value,
      state: value,
      tag: fc.tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), value).map((pair) => pair.join(":")),
      code: value,
      to: value,
    },
    { requiredKeys: [] },
  );
  const path = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,5})?$/);
  const side = fc.constantFrom("body" as const, "result" as const);
  fc.assert(
    fc.property(search, fc.option(fc.record({ in: side, path, value })), (filter, within) => {
      const whole = within ? { filter, within } : { filter };
      expect(typed(asTyped(whole))).toEqual(whole);
    }),
  );
});

test("a URL holds all of it, and nothing that is empty", () => {
  const search = typed("source:github order:1 body.a=2");
  const query = queryOf(search);
  expect(query).toEqual({ source: "github", tag: "order:1", path: "a", value: "2", in: "body" });
  expect(searchOf(new URLSearchParams(query))).toEqual(search);
  expect(searchOf({ source: " ", state: "dead", cursor: "x" })).toEqual({ filter: { state: "dead" } });
});

test.each([
  ["state:dead target:chat", "/deliveries?target=chat&state=dead"],
  ["state:unrouted", "/events?state=unrouted"],
  ["a.b=1 state:dead", "/events?state=dead&path=a.b&value=1&in=body"],
  ["order:4711", "/events?tag=order%3A4711"],
  [`req_${"0".repeat(26)}`, `/requests/req_${"0".repeat(26)}`],
  [`req_${"0197f5c2".repeat(4)}`, `/requests/req_${"0197f5c2".repeat(4)}`],
  [`hld_${"0".repeat(26)}`, `/holds/hld_${"0".repeat(26)}`],
  ["req_Jd82kPq1", "/events?providerId=req_Jd82kPq1"],
  ["", "/events"],
])("`%s` leads to %s", (text, place) => {
  expect(placeOf("/events", typed(text))).toBe(place);
});

test("a span back from now becomes a time; what is no time is left for the API to refuse", () => {
  const now = Date.parse("2026-11-11T12:00:00Z");
  expect(timeOf("-90m", now)).toBe("2026-11-11T10:30:00.000Z");
  expect(timeOf("90m", now)).toBe("2026-11-11T10:30:00.000Z");
  expect(timeOf("2026-11-11T13:00:00+02:00", now)).toBe("2026-11-11T11:00:00.000Z");
  expect(timeOf("yesterday", now)).toBeUndefined();
  expect(askedOf({ filter: { from: "-1d", to: "yesterday" } }, now)).toEqual({
    from: "2026-11-10T12:00:00.000Z",
    to: "yesterday",
  });
});

test.each([
  ["2026-11-11 13:00", "2026-11-11T18:00:00.000Z", "2026-11-11T13:00:00.000Z"],
  ["2026-11-11T13:00:30", "2026-11-11T18:00:30.000Z", "2026-11-11T13:00:30.000Z"],
  ["2026-11-11", "2026-11-11T05:00:00.000Z", "2026-11-11T00:00:00.000Z"],
  ["2026-11-11T13:00:00+02:00", "2026-11-11T11:00:00.000Z", "2026-11-11T11:00:00.000Z"],
])("%s: what names no zone is a time of the zone in which the page shows times", (text, inNewYork, inUtc) => {
  process.env["TZ"] = "America/New_York";
  expect(timeOf(text, Date.now())).toBe(inNewYork);
  zone.value = "UTC";
  expect(timeOf(text, Date.now())).toBe(inUtc);
});
