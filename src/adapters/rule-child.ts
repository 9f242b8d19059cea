/** The process in which rules of the playground run, and those that are explained: no environment, little memory, killed when it takes too long. */
import { explainRule } from "../rules/explain.ts";
import { tryRule } from "../rules/playground.ts";
import type { Wish } from "./rule-process.ts";

process.on("message", ({ kind, sketch }: Wish) => {
  const done: Promise<unknown> = kind === "try" ? tryRule(sketch) : explainRule(sketch);
  void done.then((told) => process.send?.(told));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
