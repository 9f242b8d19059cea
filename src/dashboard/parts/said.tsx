/** Texts of the router as they are set. */
import { Fragment } from "preact";

/** A sentence of the router's in which `what is between backticks` is set as code. Text alone, never markup. */
export function Said({ text }: { readonly text: string }) {
  return (
    <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}</>
  );
}

/** An error's code or an act, which may break after its underscores and points. */
export function Breaking({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(?<=[_.])/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
