/** JSON beside JSON: what changed between two values, or a body beside what a rule made of it. Everything is text. */
import { useMemo, useRef, useState } from "preact/hooks";
import "./diff-view.css";
import { diffJson, foldSame, isSame, jsonLines, type DiffRow, type Line } from "./diff.ts";
import { originsOf } from "./diff-origins.ts";

/** So many lines are drawn at once; more on demand. */
const DRAWN = 400;

/** The difference of two values; what is unchanged is folded away. */
export function DiffView(props: {
  readonly label: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly titles: readonly [string, string];
}) {
  const { before, after } = props;
  const rows = useMemo(() => diffJson(before, after), [before, after]);
  const folds = useMemo(() => foldSame(rows), [rows]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [drawn, setDrawn] = useState(DRAWN);
  if (before !== undefined && after !== undefined && isSame(rows))
    return <p class="dim">There is no difference.</p>;
  let left = drawn;
  return (
    <div class="diff" tabIndex={0} role="region" aria-label={props.label}>
      <div class="diff-row diff-head">
        <span>{props.titles[0]}</span>
        <span>{props.titles[1]}</span>
      </div>
      {folds.map((fold, index) => {
        if (left <= 0) return null;
        if (fold.hidden && !open.has(index)) {
          return (
            <button
              type="button"
              key={index}
              class="diff-fold"
              onClick={() => setOpen(new Set([...open, index]))}
            >
              {fold.rows.length} unchanged lines
            </button>
          );
        }
        const shown = fold.rows.slice(0, left);
        left -= shown.length;
        return shown.map((row, at) => <Row key={`${index}-${at}`} row={row} />);
      })}
      {left <= 0 && <Further of={rows.length} shown={drawn} more={() => setDrawn(drawn + DRAWN * 5)} />}
    </div>
  );
}

function Row({ row: { kind, left, right } }: { readonly row: DiffRow }) {
  if (kind === "same") {
    return (
      <div class="diff-row">
        <span>{left && written(left)}</span>
        <span>{right && written(right)}</span>
      </div>
    );
  }
  return (
    <div class="diff-row">
      {left && <del>{written(left)}</del>}
      {right && <ins>{written(right)}</ins>}
      {!right && <span />}
    </div>
  );
}

function Further({
  of,
  shown,
  more,
}: {
  readonly of: number;
  readonly shown: number;
  readonly more: () => void;
}) {
  return (
    <button type="button" class="diff-fold" onClick={more}>
      {of > shown ? `${of - shown} more lines` : "More"}
    </button>
  );
}

function written({ depth, text }: Line): string {
  return "  ".repeat(depth) + text;
}

/** A body and a result side by side; a value that was taken over names its place in the body, and leads there. */
export function Beside(props: {
  readonly body: unknown;
  readonly result: unknown;
  readonly titles: readonly [string, string];
  /** What it is about, for those who do not see it: the route's name. */
  readonly about: string;
}) {
  const body = useMemo(() => jsonLines(props.body), [props.body]);
  const result = useMemo(() => jsonLines(props.result), [props.result]);
  const origins = useMemo(() => originsOf(body, result), [body, result]);
  const taken = useMemo(() => new Set(origins.values()), [origins]);
  const [shown, setShown] = useState<string | undefined>();
  const list = useRef<HTMLDivElement>(null);
  const show = (path: string): void => {
    setShown(path);
    const at = body.findIndex((line) => line.path === path);
    const row = list.current?.children[at];
    row?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div class="beside">
      <section>
        <p class="beside-title">{props.titles[0]}</p>
        <Lines
          label={`${props.titles[0]} on ${props.about}`}
          lines={body}
          into={list}
          upTo={shown === undefined ? 0 : body.findIndex(({ path }) => path === shown)}
          kind={(line) => `${taken.has(line.path) ? "taken" : ""} ${line.path === shown ? "shown" : ""}`}
        />
      </section>
      <section>
        <p class="beside-title">{props.titles[1]}</p>
        <Lines
          label={`${props.titles[1]} on ${props.about}`}
          lines={result}
          upTo={0}
          origins={origins}
          show={show}
        />
      </section>
    </div>
  );
}

function From(props: { readonly origin: string; readonly show: ((path: string) => void) | undefined }) {
  const { origin, show } = props;
  const title = `The same value stands at ${origin} in the body`;
  if (show === undefined) {
    return (
      <span class="from" title={title}>
        ← {origin}
      </span>
    );
  }
  return (
    <button type="button" class="from" title={title} onClick={() => show(origin)}>
      ← {origin}
    </button>
  );
}

/** A result alone; a value that was taken over names its place in the body. */
export function Taken(props: { readonly label: string; readonly body: unknown; readonly result: unknown }) {
  const body = useMemo(() => jsonLines(props.body), [props.body]);
  const result = useMemo(() => jsonLines(props.result), [props.result]);
  const origins = useMemo(() => originsOf(body, result), [body, result]);
  return <Lines label={props.label} lines={result} upTo={0} origins={origins} />;
}

function Lines(props: {
  readonly label: string;
  readonly lines: readonly Line[];
  /** Drawn up to here at least. */
  readonly upTo: number;
  readonly into?: { current: HTMLDivElement | null };
  readonly kind?: (line: Line) => string;
  readonly origins?: ReadonlyMap<string, string>;
  readonly show?: (path: string) => void;
}) {
  const [wanted, setWanted] = useState(DRAWN);
  const drawn = Math.max(wanted, props.upTo + 20);
  return (
    <div class="lines" tabIndex={0} role="region" aria-label={props.label} ref={props.into ?? null}>
      {props.lines.slice(0, drawn).map((line, at) => {
        const origin = line.leaf === undefined ? undefined : props.origins?.get(line.path);
        return (
          <div key={at} class={origin === undefined ? props.kind?.(line) : "taken"}>
            {written(line)}
            {origin !== undefined && <From origin={origin} show={props.show} />}
          </div>
        );
      })}
      {props.lines.length > drawn && (
        <Further of={props.lines.length} shown={drawn} more={() => setWanted(drawn + DRAWN * 5)} />
      )}
    </div>
  );
}
