/** Where the search field leads. */
import { expect, test } from "vitest";
import { whereTo } from "../../src/dashboard/shell/searched.ts";

const EVENT = `evt_${"0".repeat(26)}`;

test.each([
  [` ${EVENT} `, `/events/${EVENT}`],
  [`dlv_${"0".repeat(34)}`, `/deliveries/dlv_${"0".repeat(34)}`],
  ["evt_01jd", "/events?id=evt_01jd"],
  ["order:4711", "/events?tag=order%3A4711"],
  ["status:500 target:jira", "/events?target=jira&status=500"],
  ["customer.email=a@b.c", "/events?path=customer.email&value=a%40b.c&in=body"],
  ["in_1PaxQ2", "/events?providerId=in_1PaxQ2"],
  ["<script>alert(1)</script>", "/events?providerId=%3Cscript%3Ealert%281%29%3C%2Fscript%3E"],
])("`%s` leads to %s", (typed, place) => {
  expect(whereTo(typed)).toBe(place);
});

test("nothing leads nowhere", () => {
  expect(whereTo("  ")).toBeUndefined();
});
