/** A sentence of the router's in which `what is between backticks` is set as code. Text alone, never markup. */
export function Said({ text }: { readonly text: string }) {
  return (
    <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}</>
  );
}
