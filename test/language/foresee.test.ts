import { describe, expect, test } from "vitest";
import { foresee } from "../../src/language/foresee.ts";

const body = { type: "delivery.dead", delivery: { route: "alert", target: "chat", state: "dead" } };
const event = { type: "delivery.dead", source: "signalbox" };
const foreseen = (source: string): boolean | undefined => foresee(source, body, event);

describe("what an expression surely yields", () => {
  test.each([
    ['delivery.route = "alert"', true],
    ['$.delivery.route = "alert"', true],
    ['delivery.route != "alert"', false],
    ['$event.type = "delivery.dead" and (delivery.target = "chat")', true],
    ['delivery.route in ["alert", "pager"]', true],
    ['$not(delivery.route in ["a", "b"])', true],
    ['delivery.route = "other" and answer.status = 500', false],
    ['delivery.route = "alert" or $length(error.code) > 3', true],
    ['delivery.route = "alert" ? false : true', false],
    ['"text"', false],
  ])("is known of `%s`", (source, value) => {
    expect(foreseen(source)).toBe(value);
  });

  test.each([
    'delivery.route = "alert" and answer.status = 500',
    "error.code = 'X'",
    "delivery[route = 'alert'].target = 'chat'",
    'delivery.route ~> $contains("al")',
    '$contains(delivery.route, "al")',
    "delivery = 1",
    "(delivery.route = ",
    "$x := 1",
  ])("is not known of `%s`", (source) => {
    expect(foreseen(source)).toBeUndefined();
  });
});
