/** Hook0's covered headers: the signature names the headers that it signs, in their order. */
import { headerValues } from "../headers.ts";
import type { Opened } from "../locate.ts";

const MAX_COVERED = 64;

/** Their values joined by dots; a header that did not arrive, or twice, makes it undefined: it never stands for nothing. */
export function coveredHeaders({ request }: Opened, list: string | undefined): string | undefined {
  const names = list?.split(" ").filter((name) => name !== "") ?? [];
  if (names.length === 0 || names.length > MAX_COVERED) return undefined;
  const values: string[] = [];
  for (const name of names) {
    const found = headerValues(request, name);
    if (found.length !== 1) return undefined;
    values.push(found[0]!);
  }
  return values.join(".");
}
