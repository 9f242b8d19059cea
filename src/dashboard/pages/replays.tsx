/** Replays of many deliveries: those that run and those that ran. */
import { useState } from "preact/hooks";
import type { Replay } from "../../admin/shapes/replays.ts";
import { useChanges } from "../api/live.ts";
import { useReading } from "../api/reading.ts";
import { Badge, StateBadge } from "../parts/badge.tsx";
import { Field } from "../parts/field.tsx";
import { grouped, span, Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { may } from "../shell/session.ts";
import { askedOf, typed } from "./events-filter.ts";
import { BulkReplayDialog } from "./replays-dialog.tsx";
import type { Filter } from "../../admin/shapes/deliveries.ts";
import "./replays.css";

export function ReplaysPage() {
  const replays = useReading<{ readonly items: readonly Replay[] }>("replays", { everySeconds: 10 });
  const [latest, setLatest] = useState<ReadonlyMap<string, ReplayNews>>(new Map());
  useChanges(["replay"], {}, (lines) => {
    const news = lines.map(({ value }) => value as ReplayNews);
    setLatest((old) => new Map([...old, ...news.map((one) => [one.replay, one] as const)]));
    if (news.some(({ replay }) => !replays.value?.items.some(({ id }) => id === replay))) replays.again();
  });
  const [asks, setAsks] = useState(false);
  return (
    <>
      <PageHead
        title="Replays"
        about="Deliveries sent again together, in a lane of their own behind live traffic. Dead letters of one cause are replayed from their page."
      >
        {may("operate") && (
          <button type="button" class="button primary" onClick={() => setAsks(true)}>
            New replay…
          </button>
        )}
      </PageHead>
      {asks && <NewReplay close={() => setAsks(false)} />}
      <section class="panel" aria-label="Replays">
        <Read of={replays} lines={6}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No replay yet">
                <p>
                  After a target was mended, open <a href="/dead-letters">Dead letters</a> and replay a cause;
                  or begin one here with a filter of your own.
                </p>
              </Empty>
            ) : (
              <Table
                label="Replays"
                rows={items.map((one) => withNews(one, latest.get(one.id)))}
                columns={COLUMNS}
                keyOf={({ id }) => id}
                href={({ id }) => `/replays/${encodeURIComponent(id)}`}
              />
            )
          }
        </Read>
      </section>
    </>
  );
}

/** What the stream tells of a replay. */
type ReplayNews = Pick<Replay, "state" | "replayed" | "skipped" | "total"> & { readonly replay: string };

/** The replay as it is by now; a list that was read later may be ahead of the news. */
function withNews(replay: Replay, news: ReplayNews | undefined): Replay {
  if (news === undefined || news.replayed + news.skipped < replay.replayed + replay.skipped) return replay;
  const { state, replayed, skipped, total } = news;
  const secondsLeft = (total - replayed - skipped) / replay.ratePerSecond;
  return { ...replay, state, replayed, skipped, total, secondsLeft };
}

/** First the filter, then its preview. */
function NewReplay({ close }: { readonly close: () => void }) {
  const [text, setText] = useState("state:dead ");
  const [filter, setFilter] = useState<Filter | undefined>();
  const { within } = typed(text);
  const error = within
    ? "A value in a body cannot narrow a replay; use a tag."
    : Object.keys(typed(text).filter).length === 0
      ? "Name at least one filter; all of history is not replayed at once."
      : undefined;
  if (filter !== undefined) {
    return (
      <BulkReplayDialog
        filter={filter}
        about="What matches the filter is delivered again, by today's rules."
        close={close}
      />
    );
  }
  return (
    <Dialog title="New replay" close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (error !== undefined) return;
          const { status, ...rest } = askedOf(typed(text), Date.now());
          setFilter({ ...rest, ...(status !== undefined && { status: Number(status) }) });
        }}
      >
        <Field
          label="Which deliveries"
          hint="As in the search: state:dead target:tracker route:… status:503 code:… order:4711 since:-2h until:…"
          value={text}
          change={setText}
          error={text.trim() === "" ? undefined : error}
          required
        />
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={error !== undefined}>
            Show what it would do
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What a replay takes, in words. */
export function filterText(filter: Filter): string {
  const parts = Object.entries(filter).map(([name, value]) => `${name} ${String(value)}`);
  return parts.length === 0 ? "everything" : parts.join(", ");
}

/** How far a replay is. */
export function Progress({ replay }: { readonly replay: Replay }) {
  const { replayed, skipped, total, state, secondsLeft } = replay;
  const done = replayed + skipped;
  const share = total === 0 ? 1 : done / total;
  return (
    <div class="replay-progress">
      <div
        class="bar"
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
      >
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
      <span class="small dim tabular">
        {grouped(done)} of {grouped(total)}
        {state === "running" && secondsLeft !== undefined && `, ${span(secondsLeft)} left`}
      </span>
    </div>
  );
}

/** Large groups of dead letters are discarded by the same means. */
export function discards(replay: Replay & { readonly does?: string }): boolean {
  return replay.does === "discard";
}

const COLUMNS: readonly Column<Replay>[] = [
  {
    head: "Replay",
    wide: true,
    cell: (replay) => (
      <>
        {replay.reason} {discards(replay) && <Badge tone="calm">discards</Badge>}
      </>
    ),
  },
  { head: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { head: "Progress", wide: true, cell: (replay) => <Progress replay={replay} /> },
  { head: "Takes", cell: ({ filter }) => <span class="break">{filterText(filter)}</span> },
  { head: "By", cell: ({ by }) => by },
  { head: "Begun", cell: ({ createdAt }) => <Time at={createdAt} /> },
];
