/** The process in which rules of the playground run, and those that are explained or compared: no environment, little memory, killed when it takes too long. */
import { explainRule } from "../../rules/explain.ts";
import { tryImpact } from "../../rules/impact-sketch.ts";
import { tryRule } from "../../rules/playground.ts";
import type { Wish } from "./rule-process.ts";

function told(wish: Wish): Promise<unknown> {
  if (wish.kind === "impact") return tryImpact(wish.sketch);
  return wish.kind === "try" ? tryRule(wish.sketch) : explainRule(wish.sketch);
}

process.on("message", (wish: Wish) => {
  void told(wish).then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit(0));
// The first one compiles all that it meets: that is no rule's time.
await tryRule({
  ...{
    rule: '{ "a": b }',
    body: { b: 1 },
    schemas: { any: { type: "object" } },
    input: "any",
    output: "any",
  },
  context: {
    id: "evt_0",
    source: "",
    type: "",
    receivedAt: "",
    headers: {},
    query: {},
    method: "POST",
    path: "",
  },
});
process.send?.("ready");
