/** The process in which rules of the playground run: no environment, little memory, killed when it takes too long. */
import { tryRule, type Sketch } from "../rules/playground.ts";

process.on("message", (sketch: Sketch) => {
  void tryRule(sketch).then((sketched) => process.send?.(sketched));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
