/** Something to fill in: its label, what is meant, and what is wrong with it, tied together for screen readers. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly required?: boolean;
}

/** One line of text, or with `rows` several. */
export function Field(
  props: Common & {
    readonly type?: "text" | "password" | "search" | "number" | "date" | "datetime-local";
    readonly autoComplete?: string;
    readonly placeholder?: string;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly inputMode?: "numeric" | "text";
    readonly rows?: number;
    readonly list?: readonly string[];
  },
) {
  const id = useId();
  const about = props.hint !== undefined || props.error !== undefined ? `${id}-about` : undefined;
  const shared = {
    id,
    value: props.value,
    required: props.required ?? false,
    placeholder: props.placeholder,
    maxLength: props.maxLength,
    minLength: props.minLength,
    "aria-describedby": about,
    "aria-invalid": props.error !== undefined,
    spellcheck: false,
    onInput: (event: Event) =>
      props.change((event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.rows !== undefined ? (
        <textarea {...shared} rows={props.rows} />
      ) : (
        <input
          {...shared}
          type={(props.type ?? "text") as "text"}
          autoComplete={props.autoComplete ?? "off"}
          inputMode={props.inputMode}
          list={props.list && `${id}-list`}
        />
      )}
      {props.list && (
        <datalist id={`${id}-list`}>
          {props.list.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      <About id={about} hint={props.hint} error={props.error} />
    </div>
  );
}

/** One of some words; each with what is shown for it. */
export function Choice(
  props: Common & { readonly of: readonly (readonly [value: string, shown: string])[] },
) {
  const id = useId();
  const about = props.hint !== undefined || props.error !== undefined ? `${id}-about` : undefined;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        required={props.required ?? false}
        aria-describedby={about}
        onChange={(event) => props.change(event.currentTarget.value)}
      >
        {props.of.map(([value, shown]) => (
          <option key={value} value={value} selected={value === props.value}>
            {shown}
          </option>
        ))}
      </select>
      <About id={about} hint={props.hint} error={props.error} />
    </div>
  );
}

function About(props: {
  readonly id: string | undefined;
  readonly hint: ComponentChildren;
  readonly error: string | undefined;
}) {
  if (props.id === undefined) return null;
  return (
    <span id={props.id} class="hint">
      {props.error !== undefined ? <span class="bad">{props.error}</span> : props.hint}
    </span>
  );
}

/** A box to tick. */
export function Tick(props: {
  readonly label: ComponentChildren;
  readonly on: boolean;
  readonly change: (on: boolean) => void;
  readonly disabled?: boolean;
}) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={props.on}
        disabled={props.disabled ?? false}
        onChange={(event) => props.change(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
