/** Letting in requests that are held: one after another, each with what came of it. */
import { useState } from "preact/hooks";
import type { Admission, ListedRequest } from "../../admin/shapes/requests.ts";
import { call, problemIn } from "../api/call.ts";
import { Badge } from "../parts/badge.tsx";
import { Id } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { Said } from "../parts/said.tsx";

export interface Admitting {
  readonly busy: boolean;
  /** What came of those that were tried, the first one first. */
  readonly outcomes: readonly Admission[];
  /** Tries them; what went wrong with one is its outcome. */
  readonly admit: (ids: readonly string[]) => Promise<void>;
}

/** `done` is called when all of them have been tried. */
export function useAdmitting(done: () => void): Admitting {
  const [busy, setBusy] = useState(false);
  const [outcomes, setOutcomes] = useState<readonly Admission[]>([]);
  return {
    busy,
    outcomes,
    async admit(ids) {
      if (busy || ids.length === 0) return;
      setBusy(true);
      setOutcomes([]);
      for (const id of ids) {
        const outcome = await tried(id);
        setOutcomes((former) => [...former, outcome]);
      }
      setBusy(false);
      done();
    },
  };
}

async function tried(id: string): Promise<Admission> {
  try {
    return await call<Admission>("POST", `requests/${encodeURIComponent(id)}/admit`);
  } catch (error) {
    const { code, detail } = problemIn(error);
    return { id, admitted: false, code, cause: detail };
  }
}

/** What came of each. */
export function Outcomes({ of }: { readonly of: Admitting }) {
  if (of.outcomes.length === 0) return null;
  const passed = of.outcomes.filter(({ admitted }) => admitted).length;
  return (
    <div class="inside" role="status" aria-label="What came of it">
      <p>
        {passed} admitted, {of.outcomes.length - passed} still refused{of.busy && "; more are being tried"}
      </p>
      <ul class="request-outcomes">
        {of.outcomes.map((outcome) => (
          <li key={outcome.id}>
            <Outcome of={outcome} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Outcome({ of: { id, admitted, events = [], duplicate, code, cause } }: { readonly of: Admission }) {
  return (
    <>
      <Badge tone={admitted ? "good" : "bad"}>{admitted ? "admitted" : "still refused"}</Badge>{" "}
      <Id id={id} href={`/requests/${encodeURIComponent(id)}`} />{" "}
      {admitted ? (
        <>
          became <Events of={events} />
          {duplicate === true && ", which was known before and is not delivered again"}
        </>
      ) : (
        <span class="break">
          {code} <Said text={cause ?? ""} />
        </span>
      )}
    </>
  );
}

function Events({ of }: { readonly of: readonly string[] }) {
  return (
    <>
      {of.length === 0 && "no event: it was an empty batch"}
      {of.map((id, at) => (
        <span key={id}>
          {at > 0 && ", "}
          <Id id={id} href={`/events/${encodeURIComponent(id)}`} />
        </span>
      ))}
    </>
  );
}

/** Whether a refused request is held, and until when, or what it became. */
export function Quarantined({ of: { heldUntil, admitted } }: { readonly of: ListedRequest }) {
  if (admitted !== undefined)
    return (
      <span>
        <Badge tone="good">admitted</Badge> <Time at={admitted.at} />: <Events of={admitted.events} />
      </span>
    );
  if (heldUntil === undefined) return null;
  return (
    <span>
      <Badge tone="note">held</Badge> ends <Time at={heldUntil} />
    </span>
  );
}
