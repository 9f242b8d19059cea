/** A JSON value to look at: folded where it is large, everything as text, drawn only as far as it is opened. */
import { useState } from "preact/hooks";

/** So many members are drawn at once. */
const SHOWN = 200;
/** Longer texts are cut until they are asked for. */
const TEXT_CHARS = 2_000;
/** Open at first down to this depth, as long as a level has not more than so many members. */
const OPEN_DEPTH = 3;
const OPEN_MEMBERS = 40;

export function Json({ value, label = "JSON" }: { readonly value: unknown; readonly label?: string }) {
  return (
    <div class="json" tabIndex={0} role="region" aria-label={label}>
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({
  name,
  value,
  depth,
}: {
  readonly name?: string;
  readonly value: unknown;
  readonly depth: number;
}) {
  if (typeof value !== "object" || value === null) {
    return (
      <div class="line">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  const [left, right] = list ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div class="line">
        <Name name={name} />
        {left + right}
      </div>
    );
  }
  return <Branch name={name} entries={entries} list={list} left={left} right={right} depth={depth} />;
}

function Branch(props: {
  readonly name: string | undefined;
  readonly entries: readonly (readonly [string, unknown])[];
  readonly list: boolean;
  readonly left: string;
  readonly right: string;
  readonly depth: number;
}) {
  const { entries, list, depth } = props;
  const [open, setOpen] = useState(depth < OPEN_DEPTH && entries.length <= OPEN_MEMBERS);
  const [shown, setShown] = useState(SHOWN);
  const count = `${entries.length} ${list ? (entries.length === 1 ? "item" : "items") : entries.length === 1 ? "member" : "members"}`;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Name name={props.name} />
        {props.left}
        {!open && (
          <span class="dim">
            {" "}
            {count} {props.right}
          </span>
        )}
      </summary>
      {open && (
        <div>
          {entries.slice(0, shown).map(([key, member]) => (
            <Node key={key} {...(!list && { name: key })} value={member} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="button small" onClick={() => setShown(shown + SHOWN * 5)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
      {open && props.right}
    </details>
  );
}

function Name({ name }: { readonly name: string | undefined }) {
  if (name === undefined) return null;
  return (
    <>
      <span class="key">{JSON.stringify(name)}</span>
      {": "}
    </>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span class={typeof value === "number" ? "number" : "word"}>{String(value)}</span>;
  }
  const text = JSON.stringify(value);
  if (whole || text.length <= TEXT_CHARS) return <span class="string">{text}</span>;
  return (
    <>
      <span class="string">{text.slice(0, TEXT_CHARS)}</span>
      <button type="button" class="button small" onClick={() => setWhole(true)}>
        … {text.length - TEXT_CHARS} more characters
      </button>
    </>
  );
}
