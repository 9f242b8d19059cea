/** A list of events that goes on with the stream of changes, and waits while somebody reads in it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ListedEvent } from "../../admin/shapes/deliveries.ts";
import { useChanges, type Line } from "../api/live.ts";
import { follow, KEPT_ROWS, rowOf, type Followed, type LiveFilter } from "./events-live.ts";

const STREAM = ["event", "delivery", "skipped"] as const;

/** Scrolled so far down, a list is being read: new rows wait. */
const READING_PX = 240;

/** So many changes of a quarter of a second are shown at once. */
const CALM_LINES = 12;
/** With more, the list is drawn so often. */
const BUSY_MS = 1_000;

/** The rows of the pages, going on with the stream. While somebody reads further down or is in the list, new rows wait. */
export function useFollowed(items: readonly ListedEvent[] | undefined, filter: LiveFilter, follows: boolean) {
  const [paused, setPaused] = useState(false);
  const [shown, setShown] = useState<Followed | undefined>();
  const latest = useRef<Followed | undefined>(undefined);
  const listedBefore = useRef<readonly ListedEvent[] | undefined>(undefined);
  const frame = useRef<HTMLDivElement>(null);
  const [fresh, setFresh] = useState(0);
  useEffect(() => {
    if (items === undefined) return;
    // Where a further page was added, what was followed since is newer than what was read then.
    const grown = listedBefore.current !== undefined && listedBefore.current[0] === items[0];
    listedBefore.current = items;
    const followed = new Map(grown ? latest.current?.rows.map((row) => [row.id, row]) : []);
    const listed = items.map((event) => followed.get(event.id) ?? rowOf(event));
    const first = listed[0]?.id ?? "";
    const newer = latest.current?.rows.filter(({ id }) => id > first) ?? [];
    latest.current = { rows: [...newer, ...listed], skipped: 0 };
    setShown(latest.current);
    setFresh(0);
  }, [items]);
  const show = (): void => {
    setShown(latest.current);
    setFresh(0);
  };
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const shownAt = useRef(0);
  /** At once where little happens; where much does, once a second is more than can be read. */
  const showSoon = (news: number): void => {
    clearTimeout(due.current);
    const wait = news <= CALM_LINES ? 0 : shownAt.current + BUSY_MS - Date.now();
    const now = (): void => {
      shownAt.current = Date.now();
      show();
    };
    if (wait <= 0) now();
    else due.current = setTimeout(now, wait);
  };
  useEffect(() => () => clearTimeout(due.current), []);
  const hear = (lines: readonly Line[]): void => {
    if (latest.current === undefined) return;
    const before = latest.current.rows[0]?.id;
    const kept = Math.max(KEPT_ROWS, items?.length ?? 0);
    latest.current = follow(latest.current, lines, filter, Date.now(), kept);
    const reads = frame.current?.contains(document.activeElement) === true || scrollY > READING_PX;
    if (!paused && !reads) return showSoon(lines.length);
    const at = latest.current.rows.findIndex(({ id }) => id === (shown?.rows[0]?.id ?? before));
    setFresh(at < 0 ? latest.current.rows.length : at);
  };
  const { source, route, target } = filter;
  const live = useChanges(STREAM, { source, route, target }, hear, follows);
  return {
    ...{ rows: shown?.rows, skipped: shown?.skipped ?? 0, fresh, show, live, paused, frame },
    setPaused(wanted: boolean) {
      clearTimeout(due.current);
      setPaused(wanted);
      if (!wanted) show();
    },
  };
}
