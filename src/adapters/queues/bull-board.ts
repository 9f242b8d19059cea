/** Bull Board at /queues: the queues as BullMQ sees them, on the connection that is there anyway. Without log-in of its own. */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import type { Queues } from "./bullmq.ts";
import type { Serve } from "../http/mount.ts";

/** All that its page needs it brings along, but for the font that is taken out below. CSP Level 3. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/** Returns what to serve with: everything, or for looking only (every change is answered 405). `targets`: those of now. */
export function createBullBoards(
  path: string,
  queues: Pick<Queues, "queue">,
  targets: () => readonly string[],
): (readOnly: boolean) => Serve {
  const boards = new Map<boolean, Serve>();
  return (readOnly) => {
    let board = boards.get(readOnly);
    if (board === undefined) boards.set(readOnly, (board = createBoard(path, queues, targets, readOnly)));
    return board;
  };
}

function createBoard(
  path: string,
  queues: Pick<Queues, "queue">,
  targets: () => readonly string[],
  readOnly: boolean,
): Serve {
  const server = new ExpressAdapter();
  server.setBasePath(path);
  const adapters = new Map<string, BullMQAdapter>();
  const board = createBullBoard({
    queues: [],
    serverAdapter: server,
    // It looks for workers by the names of their connections, of which ours have one for all queues.
    options: {
      uiConfig: { boardTitle: "Signalbox queues", hideRedisDetails: readOnly, showWorkers: false },
    },
  });
  const router = server.getRouter() as Serve & Drawing;
  const draw = router.engines[".ejs"]!;
  router.engine("ejs", (path, values, drawn) =>
    draw(path, values, (error, page) => drawn(error, page?.replaceAll(OUTSIDE, ""))),
  );
  return (request, response, next) => {
    const names = targets();
    if (names.length !== adapters.size || names.some((name) => !adapters.has(name))) {
      for (const name of adapters.keys()) if (!names.includes(name)) adapters.delete(name);
      for (const name of names)
        if (!adapters.has(name))
          adapters.set(name, new BullMQAdapter(queues.queue(name), { readOnlyMode: readOnly }));
      board.replaceQueues([...adapters.values()]);
    }
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    if (!/\/static\//.test(request.url ?? "")) response.setHeader("cache-control", "no-store");
    router(request, response, next);
  };
}

/** Links to what lies elsewhere: a font, which whoever looks would be known by there, and which the policy refuses. */
const OUTSIDE = /<link\b[^>]*\bhref="https?:[^>]*>/g;

type Draw = (path: string, values: object, drawn: (error: Error | null, page?: string) => void) => void;

/** The part of an Express app that makes its pages. */
interface Drawing {
  readonly engines: Readonly<Record<string, Draw>>;
  engine(name: string, draw: Draw): unknown;
}
