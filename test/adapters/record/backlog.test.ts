/** When bodies are deflated: while much waits, unless it is the processor that is short. */
import { expect, it } from "vitest";
import { isLong } from "../../../src/adapters/record/backlog.ts";

const MB = 1024 * 1024;
const calm = { strained: false, used: 0 };
const strained = { strained: true, used: 0 };

it.each([
  ["little waits", { open: 15_000, bytes: 100 * MB }, calm, false],
  ["many wait", { open: 15_001, bytes: 1 * MB }, calm, true],
  ["large ones wait", { open: 10, bytes: 129 * MB }, calm, true],
  ["many wait, and the processor is short", { open: 50_000, bytes: 500 * MB }, strained, false],
  ["more than that waits", { open: 50_000, bytes: 800 * MB }, strained, true],
  ["the store is short as well", { open: 20_000, bytes: 200 * MB }, { strained: true, used: 0.5 }, true],
])("%s", (_what, waiting, how, deflates) => {
  expect(isLong(waiting, how)).toBe(deflates);
});
