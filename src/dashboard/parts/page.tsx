/** A page's head and the boxes on it. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

/** Title (also the tab's), a line about it, and what can be done here. */
export function PageHead(props: {
  readonly title: string;
  readonly about?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Signalbox`;
  }, [props.title]);
  return (
    <div class="page-head">
      <div>
        <h1 tabIndex={-1}>{props.title}</h1>
        {props.about !== undefined && <p>{props.about}</p>}
      </div>
      {props.children !== undefined && <div class="row">{props.children}</div>}
    </div>
  );
}

/** A box with a heading; `bare`: what is inside brings its own margins (a table). */
export function Panel(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly bare?: boolean;
  readonly children: ComponentChildren;
}) {
  const id = `panel-${props.title.toLowerCase().replace(/\W+/g, "-")}`;
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.bare === true ? props.children : <div class="inside">{props.children}</div>}
    </section>
  );
}

/** Names with their values; those without a value are left out. */
export function Facts({ of }: { readonly of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
        .map(([name, value]) => [<dt key={`${name}-`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

/** Large numbers in a row, each with a word below. */
export function Figures(props: {
  readonly of: readonly {
    readonly name: string;
    readonly value: ComponentChildren;
    readonly below?: ComponentChildren;
  }[];
}) {
  return (
    <dl class="figures">
      {props.of.map(({ name, value, below }) => (
        <div class="figure" key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            <small>{below ?? "\u00a0"}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
