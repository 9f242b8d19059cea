/** What came of a rule in the playground: its problems with their fixes, and the result beside the body. */
import type { Playground } from "../../admin/shapes/authoring.ts";
import { Taken } from "../diff-view.tsx";
import { Badge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { safeHref } from "../parts/link.tsx";
import { millis } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, ProblemBox } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import type { Trial } from "./playground-trial.ts";

export function Outcome(props: { readonly trial: Trial; readonly body: unknown; readonly route: string }) {
  const { value, problem, stale } = props.trial;
  return (
    <div class="playground-outcome" aria-busy={stale}>
      {problem && <ProblemBox problem={problem} again={props.trial.now} />}
      <div role="status">{value && value.problems.length > 0 && <Problems problems={value.problems} />}</div>
      <Panel
        title="Result"
        aside={
          <span class="row small dim">
            {stale && "Working…"}
            {value && !stale && <Judged value={value} />}
            {value?.result !== undefined && (
              <Copy text={() => JSON.stringify(value.result, null, 2)} what="Result copied">
                Copy result
              </Copy>
            )}
          </span>
        }
      >
        {value?.filtered === true ? (
          <Empty title="The event is filtered">
            <p>
              The <code>when</code> of route {props.route} does not hold for it, so nothing would be sent.
            </p>
          </Empty>
        ) : value?.result !== undefined ? (
          <Taken label="What the rule made" body={props.body} result={value.result} />
        ) : (
          <Empty title={value === undefined ? "Nothing yet" : "Nothing was made"}>
            <p>
              {value === undefined
                ? "The result appears here as soon as the rule and the body can be read."
                : value.problems.length > 0
                  ? "The problems above keep the rule from making something."
                  : "Every part of the rule came to nothing: a path that is not in the body has no value."}
            </p>
          </Empty>
        )}
      </Panel>
    </div>
  );
}

function Judged({ value }: { readonly value: Playground }) {
  const { problems, milliseconds } = value;
  return (
    <>
      <Badge
        tone={problems.length === 0 ? "good" : problems.every(({ severity }) => severity) ? "warn" : "bad"}
      >
        {problems.length === 0
          ? "no problem"
          : problems.length === 1
            ? "one problem"
            : `${problems.length} problems`}
      </Badge>
      {millis(milliseconds)}
    </>
  );
}

function Problems({ problems }: { readonly problems: Playground["problems"] }) {
  return (
    <ul class="playground-problems" aria-label="Problems">
      {problems.map(({ code, message, fix, line, column, schema, severity }, index) => {
        const part = safeHref(schema);
        return (
          <li key={index} class={severity === undefined ? "problem" : "problem warning"}>
            <strong>
              {line !== undefined && `${line}:${column ?? 1} `}
              <Said text={message} />
            </strong>
            {fix !== undefined && (
              <span>
                <Said text={fix} />
              </span>
            )}
            <span class="row small">
              <a href={`/docs/errors/${encodeURIComponent(code)}`} target="_blank" rel="noreferrer">
                {code}
              </a>
              {part !== undefined && (
                <a href={part} target="_blank" rel="noreferrer">
                  The part of the schema
                </a>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
