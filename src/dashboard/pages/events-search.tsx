/** The search for a value in bodies or results: hits appear as they are found, newest first. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, problemIn, type Problem } from "../api/call.ts";
import { openStream } from "../api/live.ts";
import { grouped, Time } from "../parts/moment.tsx";
import { Empty, ProblemBox } from "../parts/problem.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { askedOf, type Search } from "./events-filter.ts";

interface Hit {
  readonly event: string;
  readonly delivery?: string;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: string;
}

interface Found {
  readonly hits: readonly Hit[];
  readonly scanned: number;
  readonly next: string | undefined;
  readonly searching: boolean;
  readonly problem: Problem | undefined;
}

const BEGIN: Found = { hits: [], scanned: 0, next: undefined, searching: true, problem: undefined };
/** Found lines are drawn so often. */
const DRAW_MS = 120;
/** A search stops here by itself, to be gone on with. */
const PAGE = 50;

/** What a search streamed, and how to go on with it. */
function useHits(search: Search): Found & { readonly further: () => void; readonly stop: () => void } {
  const [found, setFound] = useState<Found>(BEGIN);
  const end = useRef<() => void>(() => undefined);
  const run = (cursor: string | undefined): void => {
    const query = { ...askedOf(search, Date.now()), limit: PAGE, cursor };
    let waiting: Hit[] = [];
    let done = false;
    const draw = (): void => {
      if (waiting.length === 0) return;
      const more = waiting;
      waiting = [];
      setFound((old) => ({ ...old, hits: [...old.hits, ...more] }));
    };
    setFound((old) => ({ ...old, searching: true, problem: undefined }));
    const timer = setInterval(draw, DRAW_MS);
    const close = openStream(
      "search",
      query,
      ["hit", "done", "failed", "ended"],
      ({ name, value }) => {
        if (name === "hit") waiting.push(value as Hit);
        else if (name === "failed" || name === "ended") {
          finish();
          const problem = name === "ended" ? ENDED : brokenOff(value as { code: string; detail: string });
          setFound((old) => ({ ...old, searching: false, problem }));
        } else {
          const { scanned, next } = value as { readonly scanned: number; readonly next?: string };
          finish();
          setFound((old) => ({ ...old, scanned: old.scanned + scanned, next, searching: false }));
        }
      },
      () => {
        if (done) return;
        finish();
        // A stream that could not be opened does not say why; the same question asked plainly does.
        void whyNot(query).then((problem) => setFound((old) => ({ ...old, searching: false, problem })));
      },
    );
    const finish = (): void => {
      done = true;
      clearInterval(timer);
      close();
      draw();
    };
    end.current = () => {
      finish();
      setFound((old) => ({ ...old, searching: false }));
    };
  };
  useEffect(() => {
    setFound(BEGIN);
    run(undefined);
    return () => end.current();
  }, []);
  return { ...found, further: () => run(found.next), stop: () => end.current() };
}

const ENDED: Problem = {
  title: "The search was ended",
  status: 0,
  code: "ENDED",
  detail: "The session ended, or the router is stopping.",
  fix: "Search again.",
};

function brokenOff({ code, detail }: { readonly code: string; readonly detail: string }): Problem {
  const type = `/docs/errors/${encodeURIComponent(code)}`;
  return {
    title: "The search broke off",
    status: 0,
    code,
    detail,
    type,
    fix: "What was found until then is below; search again.",
  };
}

async function whyNot(query: Readonly<Record<string, string | number | undefined>>): Promise<Problem> {
  try {
    await call("GET", "search", { query, signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    return problemIn(error);
  }
  return problemIn(new Error("The search ended early."));
}

const COLUMNS: readonly Column<Hit>[] = [
  {
    head: "Event",
    cell: ({ type, event }) => (
      <>
        {type === "" ? <span class="dim">no type</span> : type} <code class="dim">…{event.slice(-6)}</code>
      </>
    ),
  },
  { head: "Source", cell: ({ source }) => source },
  { head: "Received", cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

/** Starts anew with each search: give it the search as its key. */
export function Hits({ search }: { readonly search: Search }) {
  const { hits, scanned, next, searching, problem, further, stop } = useHits(search);
  const side = search.within?.in === "result" ? "results" : "bodies";
  return (
    <section class="panel" aria-label="Hits">
      <header class="live-bar">
        <span role="status">
          {searching ? "Searching" : "Searched"} {side}
          {scanned > 0 && `: ${grouped(scanned)} looked at`},{" "}
          {hits.length === 1 ? "one hit" : `${grouped(hits.length)} hits`}
        </span>
        {searching ? (
          <button type="button" class="button small" onClick={stop}>
            Stop
          </button>
        ) : (
          next !== undefined && (
            <button type="button" class="button small" onClick={further}>
              Search further back
            </button>
          )
        )}
      </header>
      {problem && (
        <div class="inside">
          <ProblemBox problem={problem} />
        </div>
      )}
      {hits.length > 0 && (
        <Table
          label="Hits"
          rows={hits}
          columns={COLUMNS}
          keyOf={({ event, delivery }) => delivery ?? event}
          href={({ event, delivery }) => `/events/${event}${delivery === undefined ? "" : `#${delivery}`}`}
        />
      )}
      {!searching && hits.length === 0 && !problem && (
        <Empty title="No hit">
          <p>
            {next === undefined
              ? `No ${side === "bodies" ? "body" : "result"} that is still kept has this value at this path. A value is compared as text; a list's items are named by their place, as in commits[0].id.`
              : "Nothing so far; older ones have not been looked at yet."}
          </p>
        </Empty>
      )}
    </section>
  );
}
