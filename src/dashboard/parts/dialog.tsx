/** Questions in front of the page: the focus stays inside, Esc closes, the page behind is inert. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Acting } from "../api/acting.ts";
import { Field } from "./field.tsx";
import { ProblemBox } from "./problem.tsx";

/** Open as long as it stands. */
export function Dialog(props: {
  readonly title: string;
  readonly close: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={props.wide === true ? "wide" : undefined}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.close();
      }}
    >
      <header>
        <h2 id="dialog-title">{props.title}</h2>
        <button type="button" class="button plain small" aria-label="Close" onClick={props.close}>
          ✕
        </button>
      </header>
      <div class="inside">{props.children}</div>
    </dialog>
  );
}

/** Asks for a reason before something is done; closes itself when it went well. */
export function ReasonDialog(props: {
  readonly title: string;
  readonly about: ComponentChildren;
  /** What the button says. */
  readonly verb: string;
  readonly danger?: boolean;
  /** Why it cannot be done any more; what was typed stays to be read. */
  readonly overtaken?: ComponentChildren;
  readonly acting: Acting;
  readonly act: (reason: string) => Promise<unknown>;
  readonly close: () => void;
}) {
  const [reason, setReason] = useState("");
  const overtaken = Boolean(props.overtaken);
  return (
    <Dialog title={props.title} close={props.close}>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          if (overtaken) return;
          if (await props.acting.act(() => props.act(reason.trim()))) props.close();
        }}
      >
        <div>{props.about}</div>
        <Field
          label="Reason"
          hint="Kept in the audit trail, for whoever asks later."
          value={reason}
          change={setReason}
          required
          maxLength={500}
        />
        {overtaken ? (
          <div class="problem warning" role="alert">
            {props.overtaken}
          </div>
        ) : (
          props.acting.problem && <ProblemBox problem={props.acting.problem} />
        )}
        <div class="actions">
          <button type="button" class="button" onClick={props.close}>
            {overtaken ? "Close" : "Cancel"}
          </button>
          <button
            type="submit"
            class={`button ${props.danger === true ? "danger" : "primary"}`}
            disabled={overtaken || props.acting.busy || reason.trim() === ""}
          >
            {props.acting.busy ? "Working…" : props.verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
