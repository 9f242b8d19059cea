/** Who may look at Bull Board, and who may act there: the same log-in and scopes as everywhere else. */
import type { BareCall } from "../adapters/http/express.ts";
import type { Mount, Serve } from "../adapters/http/mount.ts";
import { errorTable, SignalboxError } from "../core/errors.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import type { Log } from "../ports.ts";
import { failed, type Answering } from "./answer.ts";

export const QUEUES_PATH = "/queues";

/** `board` is asked for each call: whole for those who may operate, for looking only for the others. */
export function queuesMount(
  board: (readOnly: boolean) => Promise<Serve>,
  answering: Pick<Answering, "identify" | "record">,
  log: Log,
): Mount<BareCall> {
  return {
    path: QUEUES_PATH,
    open: async (call) => {
      try {
        const caller = await answering.identify({ ...call, parameters: {}, body: Buffer.alloc(0) });
        if (caller === undefined)
          throw new SignalboxError("ADMIN_LOGIN_NEEDED", "The call carries no session and no token.");
        if (!caller.scopes.includes("read"))
          throw new SignalboxError("ADMIN_SCOPE_MISSING", `This needs the scope \`read\`.`);
        const looks = /^(GET|HEAD)$/.test(call.method);
        const operates = caller.scopes.includes("operate");
        if (looks || !operates) {
          if (looks) return await board(!operates);
          const said = `Changing a queue needs the scope \`operate\`; ${caller.name} has not got it here.`;
          return problemOf(new SignalboxError("ADMIN_SCOPE_MISSING", said));
        }
        const deed = { action: "queues.changed", caller, status: 200 };
        await answering.record({ ...deed, call: { ...call, parameters: {}, body: Buffer.alloc(0) } });
        return await board(false);
      } catch (error) {
        const stranger = error instanceof SignalboxError && errorTable[error.code].status === 401;
        return stranger && goesThere(call) ? toLogIn(call) : failed(error, call, log);
      }
    },
  };
}

/** A browser that goes to the page, and not what a program or the page itself asks for. */
function goesThere({ method, headers }: BareCall): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers["accept"] ?? "");
}

/** To the log-in, which leads back: from another site a browser brings no session along, though it has one. */
function toLogIn({ path, query }: BareCall): Reply {
  const asked = query.toString();
  const to = encodeURIComponent(asked === "" ? path : `${path}?${asked}`);
  return { status: 303, headers: { location: `/login?to=${to}`, "cache-control": "no-store" }, body: "" };
}
