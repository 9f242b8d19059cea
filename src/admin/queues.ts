/** Who may look at Bull Board, and who may act there: the same log-in and scopes as everywhere else. */
import type { BareCall } from "../adapters/express.ts";
import type { Mount, Serve } from "../adapters/mount.ts";
import { SignalboxError } from "../core/errors.ts";
import { problemOf } from "../core/reply.ts";
import type { Log } from "../ports.ts";
import { failed, type Answering } from "./answer.ts";

export const QUEUES_PATH = "/queues";

/** `board` is asked for each call: whole for those who may operate, for looking only for the others. */
export function queuesMount(
  board: (readOnly: boolean) => Serve,
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
          if (looks) return board(!operates);
          const said = `Changing a queue needs the scope \`operate\`; ${caller.name} has not got it here.`;
          return problemOf(new SignalboxError("ADMIN_SCOPE_MISSING", said));
        }
        const deed = { action: "queues.changed", caller, status: 200 };
        await answering.record({ ...deed, call: { ...call, parameters: {}, body: Buffer.alloc(0) } });
        return board(false);
      } catch (error) {
        return failed(error, call, log);
      }
    },
  };
}
