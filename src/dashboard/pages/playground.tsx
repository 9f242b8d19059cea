/** The playground: a rule beside a body; what comes of it, and every problem, as one types. Nothing is sent to a target. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { EventDetail } from "../../admin/shapes/deliveries.ts";
import type { SchemaFields } from "../../admin/shapes/authoring.ts";
import type { Rule } from "../../admin/shapes/state.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Code } from "../editor-field.tsx";
import { jsonMark } from "../editor-json.ts";
import type { Mark } from "../editor.ts";
import { Badge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { Id } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, ProblemBox } from "../parts/problem.tsx";
import { may } from "../shell/session.ts";
import { BodyChoice, RuleChoice } from "./playground-choices.tsx";
import { Explained } from "./playground-explained.tsx";
import { fieldsOf } from "./playground-fields.ts";
import { Impact } from "./playground-impact.tsx";
import { Outcome } from "./playground-outcome.tsx";
import { Keep } from "./playground-patch.tsx";
import { useTrial, type Trying } from "./playground-trial.ts";
import "./playground.css";

export function PlaygroundPage() {
  if (!may("author")) {
    return (
      <>
        <PageHead title="Playground" />
        <Empty title="This is not for your role">
          <p>Trying rules needs the scope “author”. An admin can give you a role that holds it.</p>
        </Empty>
      </>
    );
  }
  return <Playground />;
}

const FIRST_RULE = `{
  "text": "Order " & order.id & " of " & customer.name,
  "total": $sum(order.lines.(price * quantity))
}`;

const FIRST_BODY = JSON.stringify(
  {
    order: {
      id: "A-4711",
      lines: [
        { price: 12.5, quantity: 2 },
        { price: 4, quantity: 1 },
      ],
    },
    customer: { name: "Ada Lovelace" },
  },
  null,
  2,
);

/** The rule as it was left, for this tab alone; bodies are never kept in the browser. */
const DRAFT = "signalbox.playground.rule";

function Playground() {
  const { query, route } = useLocation();
  const { rule: named = "", event: eventId = "", route: routeName = "" } = query;
  const [text, setText] = useState(() => (named === "" ? (sessionStorage.getItem(DRAFT) ?? FIRST_RULE) : ""));
  const [body, setBody] = useState(FIRST_BODY);
  const [input, setInput] = useState("");
  const [output, setOutput] = useState("");
  const rule = useReading<Rule>(named === "" ? undefined : `rules/${encodeURIComponent(named)}`);
  const event = useReading<EventDetail>(eventId === "" ? undefined : `events/${encodeURIComponent(eventId)}`);
  const captured = useMemo(() => event.value && written(event.value.body), [event.value]);

  useEffect(() => {
    if (rule.value === undefined) return;
    setText(rule.value.text);
    setInput(rule.value.input ?? "");
    setOutput(rule.value.output ?? "");
  }, [rule.value]);
  useEffect(() => {
    if (captured !== undefined) setBody(captured);
  }, [captured]);

  const isCaptured = captured !== undefined && body === captured;
  const read = useMemo(() => readJson(body, typeof event.value?.body === "string"), [body, event.value]);
  const trying = useMemo((): Trying | undefined => {
    if (text.trim() === "" || (!isCaptured && read.mark !== undefined)) return undefined;
    return {
      rule: text,
      // The event gives `$event`; an edited body goes before its body.
      ...(event.value && { event: event.value.id }),
      ...(!isCaptured && { body: read.value }),
      ...(input !== "" && { input }),
      ...(output !== "" && { output }),
      ...(routeName !== "" && { route: routeName }),
    };
  }, [text, isCaptured, read, event.value, input, output, routeName]);
  const trial = useTrial(trying);
  const marks = useMemo(
    () =>
      (trial.value?.problems ?? [])
        .filter(({ line }) => line !== undefined)
        .map(({ message, line, column, severity }): Mark => ({
          message,
          ...(severity && { severity }),
          ...(line && { line }),
          ...(column && { column }),
        })),
    [trial.value],
  );
  // Without a route of one's own choice: the first that has the rule.
  const impactRoute = routeName === "" ? rule.value?.routes[0] : routeName;
  const bodyMarks = useMemo(() => (read.mark === undefined ? [] : [read.mark]), [read]);
  const reads = useFields(input);
  const makes = useFields(output);
  const known = useMemo(() => ({ names: fieldsOf(read.value), reads, makes }), [read, reads, makes]);
  const go = (changed: Readonly<Record<string, string>>): void =>
    route(`/playground${searchOf({ rule: named, event: eventId, route: routeName, ...changed })}`);

  return (
    <>
      <PageHead
        title="Playground"
        about="A rule beside a captured event: result and problems as you type. It runs in a process of its own, and nothing is sent."
      />
      <div class="playground">
        <Panel
          title="Rule"
          aside={
            <Copy
              text={text}
              what={named === "" ? "Rule copied" : `Rule copied; it belongs into transforms/${named}.jsonata`}
            >
              Copy rule
            </Copy>
          }
        >
          <div class="stack">
            <RuleChoice
              named={named}
              input={input}
              output={output}
              setInput={setInput}
              setOutput={setOutput}
              go={go}
            />
            {rule.problem && <ProblemBox problem={rule.problem} />}
            <Code
              label="Rule in JSONata"
              language="jsonata"
              text={text}
              change={(changed) => {
                setText(changed);
                sessionStorage.setItem(DRAFT, changed);
              }}
              marks={marks}
              known={known}
              run={trial.now}
            />
            {rule.value !== undefined && rule.value.text !== text && (
              <p class="row small dim">
                Edited; the router runs <code>{rule.value.file}</code> as before.
                <button type="button" class="button small" onClick={() => setText(rule.value?.text ?? text)}>
                  As in the file
                </button>
              </p>
            )}
          </div>
        </Panel>
        <div class="stack">
          <Outcome trial={trial} body={read.value} route={routeName} />
          {impactRoute !== undefined && (
            <Impact route={impactRoute} rule={text} input={input} output={output} />
          )}
        </div>
        <Panel
          title="Body"
          aside={
            event.value && (
              <span class="row small">
                <Badge tone={isCaptured ? "good" : "warn"}>{isCaptured ? "captured" : "edited"}</Badge>
                <Id id={event.value.id} href={`/events/${event.value.id}`} short />
                <Time at={event.value.receivedAt} />
              </span>
            )
          }
        >
          <div class="stack">
            <BodyChoice event={eventId} go={go} />
            {event.problem && <ProblemBox problem={event.problem} />}
            {event.value !== undefined && event.value.body === undefined && (
              <p class="warn small">
                The body of this event is not kept any more; type one, or choose another event.
              </p>
            )}
            <Code
              label="Body"
              language="json"
              text={body}
              change={setBody}
              marks={bodyMarks}
              run={trial.now}
            />
            {!isCaptured && read.mark !== undefined ? (
              <p class="bad small">{read.mark.message}</p>
            ) : (
              captured !== undefined &&
              !isCaptured && (
                <p class="row small dim">
                  Edited here alone.
                  <button type="button" class="button small" onClick={() => setBody(captured)}>
                    As captured
                  </button>
                </p>
              )
            )}
          </div>
        </Panel>
        <Explained trying={trying} />
        <Keep trying={trying} named={named} />
      </div>
    </>
  );
}

const NONE: SchemaFields["items"] = [];

/** What a schema names. */
function useFields(schema: string): SchemaFields["items"] {
  const read = useReading<SchemaFields>(
    schema === "" ? undefined : `schemas/${encodeURIComponent(schema)}/fields`,
  );
  return schema === "" ? NONE : (read.value?.items ?? NONE);
}

function written(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" ? body : JSON.stringify(body, null, 2);
}

function readJson(text: string, isText: boolean): { readonly value?: unknown; readonly mark?: Mark } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return isText ? { value: text } : { mark: jsonMark(text, error) };
  }
}
