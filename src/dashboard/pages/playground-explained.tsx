/** What each part of the rule yields on the body at hand, and why the route takes it or not. */
import { useState } from "preact/hooks";
import type { ExplainedRule } from "../../admin/shapes/explanations.ts";
import { Panel } from "../parts/page.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { useTrial, type Trying } from "./playground-trial.ts";

type Expression = NonNullable<ExplainedRule["rule"]>;

export function Explained({ trying }: { readonly trying: Trying | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const trial = useTrial<ExplainedRule>(isOpen ? trying : undefined, "playground/explain");
  const { value, problem } = trial;
  return (
    <Panel
      title="Explained"
      aside={
        <button type="button" class="button small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Close" : "Explain"}
        </button>
      }
    >
      {!isOpen ? (
        <p class="small dim">
          What each part of the rule yields on this body, and where something is missing.
        </p>
      ) : (
        <div class="stack" aria-busy={trial.stale}>
          {problem && <ProblemBox problem={problem} again={trial.now} />}
          {value?.fault && <p class="bad small">{value.fault.message}</p>}
          {value?.when && (
            <>
              <p class="small">
                {value.when.isTrue ? (
                  "The route takes it: its condition is true."
                ) : (
                  <Said
                    text={`The route does not take it: ${value.when.why ?? value.when.fault?.message ?? ""}`}
                  />
                )}
              </p>
              <Parts of={value.when} label="The parts of the condition" />
            </>
          )}
          {value?.rule && <Parts of={value.rule} label="The parts of the rule" />}
        </div>
      )}
    </Panel>
  );
}

/** Rows that are shown. */
const MOST = 300;

function Parts({
  of: { parts, missing, fault },
  label,
}: {
  readonly of: Expression;
  readonly label: string;
}) {
  return (
    <>
      {fault && <p class="bad small">{fault.message}</p>}
      {missing.length > 0 && (
        <ul class="playground-missing small" aria-label={`${label}: what is missing`}>
          {missing.map(({ line, column, text, why }, index) => (
            <li key={index} class="warn">
              {line}:{column} <code>{text}</code>: <Said text={why} />
            </li>
          ))}
        </ul>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label={label}>
        <table class="playground-parts">
          <thead>
            <tr>
              <th scope="col">at</th>
              <th scope="col">part</th>
              <th scope="col">yields</th>
            </tr>
          </thead>
          <tbody>
            {parts.slice(0, MOST).map(({ line, column, text, count, values }, index) => (
              <tr key={index}>
                <td class="dim">
                  {line}:{column}
                </td>
                <td>
                  <code>{text}</code>
                </td>
                <td>
                  <code>{values.join(", ")}</code>
                  {count > 1 && <span class="dim"> ({count} times)</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {parts.length > MOST && <p class="small dim">and {parts.length - MOST} more</p>}
    </>
  );
}
