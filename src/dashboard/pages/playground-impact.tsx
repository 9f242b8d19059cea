/** What the rule as it is edited would change over the latest events of a route, before it is saved. Nothing is sent. */
import { useEffect, useState } from "preact/hooks";
import type { ImpactSketched } from "../../admin/shapes/impact.ts";
import { call, problemIn, type Problem } from "../api/call.ts";
import { Badge } from "../parts/badge.tsx";
import { Id } from "../parts/link.tsx";
import { grouped, millis } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, ProblemBox } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";

type Report = NonNullable<ImpactSketched["report"]>;
type Example = Report["examples"][number];

const LAST = 200;

const CLASSES = [
  ["changed", "would be something else", "warn"],
  ["newlyMatched", "would be sent, and were not", "warn"],
  ["noLongerMatched", "would not be sent any more", "warn"],
  ["nowFailing", "would fail", "bad"],
  ["mended", "failed, and would not", "good"],
  ["slower", "would take much longer", "warn"],
] as const;

export function Impact(props: {
  readonly route: string;
  readonly rule: string;
  readonly input: string;
  readonly output: string;
}) {
  const { route, rule, input, output } = props;
  const [held, setHeld] = useState<{ of?: string; value?: ImpactSketched; problem?: Problem }>({});
  const [asking, setAsking] = useState<AbortController | undefined>();
  useEffect(() => () => asking?.abort(), [asking]);
  const key = JSON.stringify([route, rule, input, output]);
  const ask = (): void => {
    const stop = new AbortController();
    setAsking(stop);
    const body = {
      ...{ route, rule, last: LAST },
      ...(input !== "" && { input }),
      ...(output !== "" && { output }),
    };
    call<ImpactSketched>("POST", "impact", { body, signal: stop.signal })
      .then((value) => setHeld({ of: key, value }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setHeld({ of: key, problem: problemIn(error) });
      })
      .finally(() => setAsking((now) => (now === stop ? undefined : now)));
  };
  const { value, problem } = held;
  const isStale = held.of !== key;
  return (
    <Panel
      title="Impact"
      aside={
        <button
          type="button"
          class="button small"
          disabled={asking !== undefined || rule.trim() === ""}
          onClick={ask}
        >
          {asking === undefined ? `Over the last ${LAST} events` : "Working…"}
        </button>
      }
    >
      <div class={`stack${isStale ? " dim" : ""}`} aria-busy={asking !== undefined} role="status">
        {problem && <ProblemBox problem={problem} />}
        {value?.problems.map(({ code, message, line, column }, index) => (
          <p key={index} class="bad small">
            {line !== undefined && `${line}:${column ?? 1} `}
            <Said text={message} /> <code>{code}</code>
          </p>
        ))}
        {value?.report && <Reported report={value.report} route={route} />}
        {value === undefined && !problem && (
          <p class="dim small">
            What the rule as it stands here would change on route <b>{route}</b>, against the one that runs.
          </p>
        )}
        {value !== undefined && isStale && <p class="dim small">The rule has been edited since.</p>}
      </div>
    </Panel>
  );
}

function Reported({ report, route }: { readonly report: Report; readonly route: string }) {
  const { counts, events, unjudged, examples } = report;
  const hit = CLASSES.filter(([name]) => counts[name] > 0);
  if (events === 0) return <Empty title="No event of this source is kept" />;
  return (
    <>
      <p>
        {hit.length === 0 ? "Nothing would change" : `Of ${grouped(events)} events of the source`}
        {hit.length === 0 && ` over ${grouped(events)} events of the source of ${route}.`}
      </p>
      {hit.length > 0 && (
        <ul aria-label="What would change">
          {hit.map(([name, said, tone]) => (
            <li key={name}>
              <Badge tone={tone}>{grouped(counts[name])}</Badge> {said}
            </li>
          ))}
          <li>
            <Badge tone="calm">{grouped(counts.unchanged)}</Badge> unchanged
          </li>
        </ul>
      )}
      {unjudged > 0 && (
        <p class="dim small">
          {grouped(unjudged)} were not looked at: the route looks things up before its rule runs.
        </p>
      )}
      {examples.map((example, index) => (
        <OneExample key={index} example={example} />
      ))}
    </>
  );
}

function OneExample({ example }: { readonly example: Example }) {
  const { kind, event, alike, differences, faultBefore, faultAfter, milliseconds } = example;
  const said = CLASSES.find(([name]) => name === kind)?.[1] ?? kind;
  return (
    <details>
      <summary class="small">
        {grouped(alike)} {said}
      </summary>
      <p class="small">
        Such as <Id id={event} href={`/events/${event}`} short />
      </p>
      {milliseconds && (
        <p class="small">
          {millis(milliseconds.before)} → {millis(milliseconds.after)}
        </p>
      )}
      {[faultBefore, faultAfter].map(
        (fault, at) =>
          fault && (
            <p key={at} class="small">
              {at === 0 ? "before: " : "after: "}
              <code>{fault.code}</code> <Said text={fault.detail} />
            </p>
          ),
      )}
      {differences.length > 0 && (
        <table class="small" aria-label="Differences">
          <thead>
            <tr>
              <th scope="col">path</th>
              <th scope="col">runs</th>
              <th scope="col">edited</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ path, before, after }) => (
              <tr key={path}>
                <td>
                  <code>{path === "" ? "(all)" : path}</code>
                </td>
                <td>
                  <code class="break">{written(before)}</code>
                </td>
                <td>
                  <code class="break">{written(after)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function written(value: unknown): string {
  const text = value === undefined ? "–" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
