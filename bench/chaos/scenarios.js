/** All scenarios by name, and those of the tier that a change has to pass, in the order in which they run. */
import { connections } from "./scenarios/connections.js";
import { disks } from "./scenarios/disks.js";
import { killed } from "./scenarios/killed.js";
import { leaving } from "./scenarios/leaving.js";
import { network } from "./scenarios/network.js";
import { rules } from "./scenarios/rules.js";
import { stores } from "./scenarios/store.js";
import { targets } from "./scenarios/targets.js";

/** @type {Readonly<Record<string, import("./drive.js").Scenario>>} */
export const scenarios = {
  ...{ ...killed, ...stores, ...disks, ...leaving },
  ...{ ...network, ...targets, ...rules, ...connections },
};

/** Three minutes. */
export const BRIEF = ["all-killed", "redis-frozen", "cold-start", "sigterm", "hung-target", "bombs"];
