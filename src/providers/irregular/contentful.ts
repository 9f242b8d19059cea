/** Contentful's canonical request, as its own `@contentful/node-apps-toolkit` makes it. */
import { escape } from "node:querystring";
import { headerValues } from "../headers.ts";
import type { Opened } from "../locate.ts";

const LIST = "x-contentful-signed-headers";

/** Method, path, covered headers and body, each on a line; undefined where a covered header is missing or none is named. */
export function contentfulText({ request }: Opened): Buffer | undefined {
  const [list] = headerValues(request, LIST);
  if (list === undefined || list === "") return undefined;
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  const pairs: string[] = [];
  for (const name of names) {
    const values = headerValues(request, name);
    if (values.length !== 1) return undefined;
    pairs.push(`${name}:${values[0]!.trim()}`);
  }
  // The time is checked, so it has to be among what is signed.
  if (!names.includes("x-contentful-timestamp")) return undefined;
  const query = request.query === "" ? "" : `?${escape(request.query)}`;
  const head = [request.method, encodeURI(request.path) + query, pairs.sort().join(";"), ""].join("\n");
  return Buffer.concat([Buffer.from(head), request.body]);
}
