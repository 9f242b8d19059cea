/** An event's way as bars over time: its arrival, then each attempt of each delivery. */
import type { Attempt, EventDetail } from "../admin/shapes/deliveries.ts";
import { StateBadge } from "./parts/badge.tsx";
import { millis, span, Time } from "./parts/moment.tsx";
import { axisOf, phasesOf, type Axis, type Phase } from "./waterfall.ts";
import "./waterfall-view.css";

const MEANINGS: readonly (readonly [Phase, string])[] = [
  ["wait", "waiting in the queue"],
  ["rule", "rewriting"],
  ["head", "request, up to the answer's head"],
  ["body", "answer's body"],
  ["silence", "no answer"],
];

export function Waterfall({ event }: { readonly event: EventDetail }) {
  const received = Date.parse(event.receivedAt);
  const attempts = event.deliveries.flatMap(({ attemptList }) => attemptList);
  const axis = axisOf([
    { start: received, end: received },
    ...attempts.flatMap((attempt) => phasesOf(attempt)),
  ]);
  const phases = new Set(attempts.flatMap((attempt) => phasesOf(attempt).map(({ phase }) => phase)));
  return (
    <div class="waterfall">
      <div class="waterfall-row waterfall-axis" aria-hidden="true">
        <span />
        <Track axis={axis}>
          {axis.ticks.map(({ at, ms }) => (
            <i key={at} class={at > 0.85 ? "tick before" : "tick"} style={{ left: percent(at) }}>
              {ms === 0 ? "0" : millis(ms)}
            </i>
          ))}
        </Track>
        <span />
      </div>
      <div class="waterfall-row">
        <span class="what">
          {event.method} {event.path}
        </span>
        <Track axis={axis}>
          <i
            class="moment"
            style={{ left: percent(axis.place(received)) }}
            title="Received, verified and stored"
          />
        </Track>
        <span class="end">
          {event.verified === undefined ? (
            <span class="warn">not verified</span>
          ) : (
            <span class="good">verified</span>
          )}
        </span>
      </div>
      {event.deliveries.map((delivery) => (
        <div
          key={delivery.id}
          class="waterfall-group"
          role="group"
          aria-label={`Delivery on ${delivery.route}`}
        >
          <div class="waterfall-row head">
            <a class="what" href={`#${delivery.id}`}>
              {delivery.route} → {delivery.target}
            </a>
            <Track axis={axis} />
            <span class="end">
              <StateBadge state={delivery.state} />
            </span>
          </div>
          {delivery.attemptList.map((attempt, index) => (
            <AttemptRow key={index} attempt={attempt} axis={axis} />
          ))}
          {delivery.dueAt !== undefined && delivery.state !== "delivered" && (
            <p class="waterfall-due dim small">
              Next attempt <Time at={delivery.dueAt} />
            </p>
          )}
        </div>
      ))}
      <p class="waterfall-legend small dim">
        {MEANINGS.filter(([phase]) => phases.has(phase)).map(([phase, meaning]) => (
          <span key={phase}>
            <i class={phase} />
            {meaning}
          </span>
        ))}
        {axis.cuts.length > 0 && (
          <span>
            <i class="cut" />
            time left out; the scale begins anew
          </span>
        )}
      </p>
    </div>
  );
}

function AttemptRow({ attempt, axis }: { readonly attempt: Attempt; readonly axis: Axis }) {
  const phases = phasesOf(attempt);
  const told = phases.map(({ phase, start, end }) => `${phase} ${millis(end - start)}`).join(", ");
  return (
    <div class="waterfall-row">
      <span class="what sub">
        #{attempt.number} {attempt.trigger}
      </span>
      <Track axis={axis} label={`Attempt ${attempt.number}: ${told}`}>
        {phases.map(({ phase, start, end }) => (
          <i
            key={phase}
            class={`phase ${phase}`}
            title={`${MEANINGS.find(([name]) => name === phase)?.[1] ?? phase}: ${millis(end - start)}`}
            style={{ left: percent(axis.place(start)), width: percent(axis.place(end) - axis.place(start)) }}
          />
        ))}
      </Track>
      <span class="end">
        <b class={attempt.error === undefined ? "good" : "bad"}>{outcome(attempt)}</b>{" "}
        {millis(attempt.durationMs)}
      </span>
    </div>
  );
}

/** What came of an attempt, in a word. */
export function outcome({ status, error, request }: Attempt): string {
  if (status !== undefined) return String(status);
  if (error === undefined) return request === undefined ? "filtered" : "sent";
  return error.code === "FORWARD_TIMEOUT" ? "timeout" : request === undefined ? "not sent" : "no answer";
}

function Track(props: {
  readonly axis: Axis;
  readonly label?: string;
  readonly children?: preact.ComponentChildren;
}) {
  return (
    <div class="track" {...(props.label !== undefined && { role: "img", "aria-label": props.label })}>
      {props.axis.cuts.map(({ at, skippedMs }) => (
        <i key={at} class="cut" style={{ left: percent(at) }} title={`${span(skippedMs / 1000)} left out`} />
      ))}
      {props.children}
    </div>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
