/** All scenarios by name, and those of the tier that a change has to pass, in the order in which they run. */
import { killed } from "./scenarios/killed.js";
import { leaving } from "./scenarios/leaving.js";
import { stores } from "./scenarios/store.js";

/** @type {Readonly<Record<string, import("./drive.js").Scenario>>} */
export const scenarios = { ...killed, ...stores, ...leaving };

/** Three minutes. */
export const BRIEF = ["all-killed", "redis-frozen", "cold-start", "sigterm", "hung-target", "bombs"];
