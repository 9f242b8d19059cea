/** Operating by the API: the overview, targets with their verdicts, pause and resume. */
import type { Flows } from "../adapters/waiting/flows.ts";
import type { Pauses } from "../adapters/waiting/pauses.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Caller } from "../core/role.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Reply } from "../core/reply.ts";
import { jsonReply, type Endpoint } from "./endpoint.ts";
import type { Glance } from "./overview.ts";
import { overview, pause, resumed, targetList, targetState } from "./shapes/state.ts";
import { shape } from "./shapes/shape.ts";

/** What the endpoints need. */
export interface Operating {
  readonly glance: Glance;
  readonly pauses: Pauses;
  readonly flows: Pick<Flows, "release">;
  readonly workspace: () => Workspace;
}

/** Why a person does something; it is kept with what was done. */
export const reasonText = { type: "string", minLength: 1, maxLength: 500 } as const;

const pauseBody = shape("Why it is paused.", { reason: { ...reasonText, minLength: 0 } }, ["reason"]);

/** Whoever wishes something, by name; behind an impersonation token both. */
export function authorOf(caller: Caller | undefined): string {
  if (caller?.impersonator === undefined) return caller?.name ?? "nobody";
  return `${caller.impersonator.name} as ${caller.name}`;
}

/** Replies by value: who is given the same value is sent the same bytes, written once. */
function replyOnce(): (value: object) => Reply {
  const replies = new WeakMap<object, Reply>();
  return (value) => {
    let reply = replies.get(value);
    if (reply === undefined) {
      const { body, ...rest } = jsonReply(200, value);
      replies.set(value, (reply = { ...rest, body: Buffer.from(body) }));
    }
    return reply;
  };
}

/** GET /overview, /targets, /targets/:name, POST …/pause, …/resume. */
export function operatingEndpoints({ glance, pauses, flows, workspace }: Operating): readonly Endpoint[] {
  const asText = replyOnce();
  const known = (name: string | undefined): string => {
    if (name !== undefined && workspace().targets.has(name)) return name;
    throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no target of this name.");
  };
  return [
    {
      method: "GET",
      path: "/api/v1/overview",
      tag: "State",
      summary: "Is anything wrong, since when, whose fault",
      scope: "read",
      reply: overview,
      answer: async () => asText(await glance.overview()),
    },
    {
      method: "GET",
      path: "/api/v1/targets",
      tag: "Targets",
      summary: "Targets, each with one verdict, its reason, and what waits",
      scope: "read",
      reply: targetList,
      answer: async () => ({ items: await glance.targets() }),
    },
    {
      method: "GET",
      path: "/api/v1/targets/:name",
      tag: "Targets",
      summary: "One target",
      scope: "read",
      reply: targetState,
      answer: async ({ parameters }) => {
        const name = known(parameters["name"]);
        return (await glance.targets()).find((target) => target.name === name);
      },
    },
    {
      method: "POST",
      path: "/api/v1/targets/:name/pause",
      tag: "Targets",
      summary: "Pauses a target: what waits for it is held, attempts under way end",
      scope: "operate",
      audit: "target.paused",
      body: pauseBody,
      reply: pause,
      answer: async ({ parameters, body, caller }) => {
        const name = known(parameters["name"]);
        const by = authorOf(caller);
        const { reason = "" } = body as { reason?: string };
        const { pause: stands, mine } = await pauses.pause(name, by, reason);
        glance.changed();
        if (mine || stands.by === by) return stands;
        throw new SignalboxError(
          "ADMIN_CONFLICT",
          `Target \`${name}\` was paused by ${stands.by} at ${stands.at}; that pause stands.`,
        );
      },
    },
    {
      method: "POST",
      path: "/api/v1/targets/:name/resume",
      tag: "Targets",
      summary:
        "Lets a target go on: ends its pause, closes its breaker, and ends a wait that it asked for; one that is not held stays as it is",
      scope: "operate",
      audit: "target.resumed",
      reply: resumed,
      answer: async ({ parameters, caller }) => {
        const name = known(parameters["name"]);
        const released = await flows.release(name, authorOf(caller));
        const was = await pauses.resume(name, authorOf(caller));
        glance.changed();
        return { target: name, ...(was && { was }), ...(released && { released }) };
      },
    },
  ];
}
