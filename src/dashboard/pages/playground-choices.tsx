/** What the playground starts from: a rule of the workspace with its schemas, and a captured event. */
import { useEffect, useState } from "preact/hooks";
import type { ListedEvent } from "../../admin/shapes/deliveries.ts";
import type { SourceState } from "../../admin/shapes/state.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Choice, Field } from "../parts/field.tsx";
import { ProblemBox } from "../parts/problem.tsx";

interface Named {
  readonly items: readonly (string | { readonly name: string })[];
}

function namesOf(list: Named | undefined): string[] {
  return list?.items.map((one) => (typeof one === "string" ? one : one.name)).sort() ?? [];
}

/** Which rule to start from, and the schemas that judge body and result. */
export function RuleChoice(props: {
  readonly named: string;
  readonly input: string;
  readonly output: string;
  readonly setInput: (name: string) => void;
  readonly setOutput: (name: string) => void;
  readonly go: (changed: Readonly<Record<string, string>>) => void;
}) {
  const rules = useReading<Named>("rules");
  const schemas = useReading<Named>("schemas");
  const offered = (first: string, chosen: string): [string, string][] => [
    ["", first],
    ...[...new Set([...namesOf(schemas.value), ...(chosen === "" ? [] : [chosen])])].map(
      (name): [string, string] => [name, name],
    ),
  ];
  return (
    <div class="playground-choices">
      <Choice
        label="Start from"
        value={props.named}
        change={(name) => props.go({ rule: name })}
        of={[
          ["", "a rule of your own"],
          ...[...new Set([...namesOf(rules.value), ...(props.named === "" ? [] : [props.named])])].map(
            (name): [string, string] => [name, name],
          ),
        ]}
      />
      <Choice
        label="Input schema"
        value={props.input}
        change={props.setInput}
        of={offered("none", props.input)}
      />
      <Choice
        label="Output schema"
        value={props.output}
        change={props.setOutput}
        of={offered("none", props.output)}
      />
    </div>
  );
}

/** An event by its id, or the latest of a source. */
export function BodyChoice(props: {
  readonly event: string;
  readonly go: (changed: Readonly<Record<string, string>>) => void;
}) {
  const sources = useReading<{ readonly items: readonly SourceState[] }>("sources");
  const [id, setId] = useState(props.event);
  const [missing, setMissing] = useState<string | undefined>();
  const acting = useActing();
  useEffect(() => setId(props.event), [props.event]);
  const latest = (source: string): Promise<boolean> =>
    acting.act(async () => {
      setMissing(undefined);
      const page = await call<{ readonly items: readonly ListedEvent[] }>("GET", "events", {
        query: { source, limit: 1 },
      });
      const [newest] = page.items;
      if (newest === undefined) setMissing(`No event of ${source} is in the history: send it one first.`);
      else props.go({ event: newest.id });
    });
  return (
    <div class="playground-choices">
      <Choice
        label="Latest event of"
        value=""
        change={(source) => {
          if (source !== "") void latest(source);
        }}
        of={[
          ["", "choose a source"],
          ...(sources.value?.items ?? []).map(({ name }): [string, string] => [name, name]),
        ]}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.go({ event: id.trim() });
        }}
      >
        <Field label="or the event of this id" value={id} change={setId} placeholder="evt_…" />
        <button type="submit" class="button">
          Take
        </button>
      </form>
      {missing !== undefined && (
        <p class="warn small" role="status">
          {missing}
        </p>
      )}
      {acting.problem && <ProblemBox problem={acting.problem} />}
    </div>
  );
}
