/** `start --demo`: a target on this machine, one signed sample through the workspace, and what became of it. */
import { startDemoTarget, type DemoTarget, type Taken } from "../adapters/http/demo-target.ts";
import { parseRange } from "../core/address.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Router } from "../main.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Settings } from "../settings.ts";
import { note, out, paint, pretty } from "./print.ts";
import { postDraft, signedSample } from "./sample.ts";

/** The demo's target, and how settings and environment have to be for it. */
export interface Demo {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with the next request that the target takes for a delivery. */
  taken(delivery: string): Promise<Taken>;
  close(): Promise<void>;
}

const SOURCE = "github";
const TYPE = "push";
const PATIENCE_MS = 15_000;
const BODY_LINES = 24;

/** Starts the target on SIGNALBOX_DEMO_PORT, by default 8082, or on a free port where that is taken. */
export async function prepareDemo(settings: Settings): Promise<Demo> {
  const taken = new Map<string, Taken>();
  const waiting = new Map<string, (taken: Taken) => void>();
  const take = (one: Taken): void => {
    const id = String(one.headers["webhook-id"] ?? "");
    taken.set(id, one);
    for (const old of taken.keys()) {
      if (taken.size <= 100) break;
      taken.delete(old);
    }
    waiting.get(id)?.(one);
    waiting.delete(id);
  };
  const target = await listen(Number(process.env["SIGNALBOX_DEMO_PORT"] ?? 8082), take);
  const loopback = parseRange("127.0.0.0/8");
  return {
    settings: {
      ...settings,
      allowPrivateTargets: [...settings.allowPrivateTargets, ...(loopback ? [loopback] : [])],
    },
    environment: process.env["DEMO_TARGET"] === undefined ? { DEMO_TARGET: target.url } : {},
    taken: (delivery) => {
      const there = taken.get(delivery);
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.set(delivery, resolve));
    },
    close: () => target.close(),
  };
}

async function listen(port: number, take: (taken: Taken) => void): Promise<DemoTarget> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SignalboxError("SETTING_INVALID", "SIGNALBOX_DEMO_PORT must be a port from 0 to 65535.");
  }
  try {
    return await startDemoTarget(port, take);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startDemoTarget(0, take);
  }
}

/** Sends the sample and prints body, rule, result and the delivery. Never fails the start: it says what went wrong. */
export async function showDemo(
  demo: Demo,
  workspace: Workspace,
  { hooks, admin, setup }: Router,
  json: boolean,
): Promise<void> {
  if (hooks === undefined) return note("The demo sends a webhook, which this role does not take.");
  const signed = signedSample(workspace, SOURCE, TYPE, hooks);
  if (typeof signed === "string") return note(`The demo sends a ${TYPE} to source \`${SOURCE}\`. ${signed}`);
  const began = performance.now();
  const { status, answer } = await postDraft(signed.draft);
  const [delivery] = answer.deliveries ?? [];
  if (delivery === undefined)
    return note(`The sample was answered ${status} ${answer.code ?? "and no route took it"}.`);
  const taken = await Promise.race([demo.taken(delivery), patience()]);
  if (taken === undefined)
    return note(
      `Delivery ${delivery} did not arrive within ${PATIENCE_MS / 1000} s; see \`signalbox deliveries ${delivery}\`.`,
    );
  if (json) return;
  const took = Math.round(performance.now() - began);
  const route = workspace.routesOf(SOURCE).find(({ file }) => file.on.includes(TYPE));
  const rule = route?.transform;
  const body = pretty(JSON.parse(signed.draft.body.toString("utf8")));
  out();
  out(
    paint.bold(`1  A signed GitHub push was posted to ${hooks}/hooks/${SOURCE}`) +
      paint.dim(`  (${answer.id})`),
  );
  out(shortened(body));
  out(paint.bold(`\n2  The rule of route ${route?.name ?? ""}: transforms/${rule?.name ?? ""}.jsonata`));
  out(rule?.rule.source.trimEnd() ?? "");
  out(paint.bold(`\n3  The result, as ${rule?.output?.name ?? "the schema"} wants it`));
  out(pretty(JSON.parse(taken.body)));
  out(
    paint.bold(`\n4  The delivery: ${taken.method} ${route?.target.file.url ?? ""} → 200`) +
      paint.dim(`  (${delivery}, ${took} ms after the post)`),
  );
  out();
  out("It stays up. The dashboard shows what became of this event, step by step:");
  out(`  ${setup ?? `${admin ?? ""}/events/${answer.id ?? ""}`}`);
  out();
  out("Now try:");
  out("  npx signalbox send github push        another one");
  out("  npx signalbox tail                    follow what happens");
  out("  npx signalbox deliveries              what was delivered");
  out("  npx signalbox check                   after a change to a rule: is it still right?");
  out();
}

function patience(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS).unref());
}

function shortened(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= BODY_LINES) return text;
  return `${lines.slice(0, BODY_LINES).join("\n")}\n${paint.dim(`… ${lines.length - BODY_LINES} more lines`)}`;
}
