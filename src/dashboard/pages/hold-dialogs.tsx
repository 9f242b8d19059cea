/** Deciding on a hold: with a reason, on the request that was looked at; and with something else in its place. */
import { useState } from "preact/hooks";
import type { HoldDetail } from "../../admin/shapes/holds.ts";
import type { Acting } from "../api/acting.ts";
import { DiffView } from "../diff-view.tsx";
import { Code } from "../editor-field.tsx";
import type { Mark } from "../editor.ts";
import { jsonMark } from "../editor-json.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { tell } from "../shell/notices.tsx";

/** A hold as it was looked at, and how it is decided. */
export interface Deciding {
  readonly hold: HoldDetail;
  readonly acting: Acting;
  readonly close: () => void;
  readonly decide: (what: "approve" | "reject" | "edit", body: object) => Promise<unknown>;
}

const VERBS = { approve: "Approve", reject: "Reject" } as const;

/** A reason may be given; a rejection wants one. */
export function DecideDialog({
  hold,
  acting,
  close,
  decide,
  what,
}: Deciding & { readonly what: "approve" | "reject" }) {
  const [reason, setReason] = useState("");
  const missing = what === "reject" && reason.trim() === "";
  return (
    <Dialog title={`${VERBS[what]} this request`} close={close}>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          if (!(await acting.act(() => decide(what, reason.trim() === "" ? {} : { reason: reason.trim() }))))
            return;
          tell(what === "approve" ? "It is approved." : "It is rejected.");
          close();
        }}
      >
        <p>
          {what === "approve" ? "It goes to " : "Nothing goes to "}
          <b>{hold.target}</b>
          {what === "approve"
            ? hold.approvals.length + 1 < hold.needed
              ? ` once ${hold.needed - hold.approvals.length - 1} more have approved it.`
              : " at once, as it is shown here."
            : "; the delivery is discarded, with your reason. A replay can still send it, through the gate again."}
        </p>
        <Field
          label="Reason"
          hint="Kept with the hold and in the audit trail."
          value={reason}
          change={setReason}
          required={what === "reject"}
          maxLength={500}
        />
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${what === "approve" ? "primary" : "danger"}`}
            disabled={acting.busy || missing}
          >
            {acting.busy ? "Working…" : VERBS[what]}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const NO_MARKS: readonly Mark[] = [];

/** What is sent instead; the difference stands below while it is typed. */
export function EditDialog({ hold, acting, close, decide }: Deciding) {
  const [text, setText] = useState(() => JSON.stringify(hold.result, null, 2));
  const [reason, setReason] = useState("");
  const read = readJson(text);
  return (
    <Dialog title="Edit and approve" close={close} wide>
      <p>
        It is sent in place of what the rule made. It makes another request, so earlier approvals do not count
        for it; this one is yours.
      </p>
      <Code
        label="Edited result"
        language="json"
        low
        text={text}
        change={setText}
        marks={read.ok ? NO_MARKS : read.marks}
      />
      {read.ok ? (
        <DiffView
          label="Difference to what the rule made"
          before={hold.result}
          after={read.value}
          titles={["As it is held", "As you would send it"]}
        />
      ) : (
        <p class="bad small">{read.marks[0]?.message}</p>
      )}
      <Field label="Reason" value={reason} change={setReason} maxLength={500} />
      {acting.problem && <ProblemBox problem={acting.problem} />}
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="button primary"
          disabled={acting.busy || !read.ok}
          onClick={async () => {
            if (!read.ok) return;
            const body = { result: read.value, ...(reason.trim() !== "" && { reason: reason.trim() }) };
            if (!(await acting.act(() => decide("edit", body)))) return;
            tell("It is edited and approved.");
            close();
          }}
        >
          {acting.busy ? "Working…" : "Approve as edited"}
        </button>
      </div>
    </Dialog>
  );
}

type Read =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly marks: readonly Mark[] };

function readJson(text: string): Read {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { ok: false, marks: [jsonMark(text, error)] };
  }
}
