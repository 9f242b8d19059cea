/** Mercado Pago's manifest: a part whose value is missing is left out altogether. */
import { find } from "../locate.ts";
import type { Opened } from "../locate.ts";

/** `id:…;request-id:…;ts:…;` of what is there; undefined without a time. Ids of letters are signed in lower case. */
export function mercadoPagoManifest(opened: Opened, time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const id = find("query:data.id", opened)?.toLowerCase();
  const request = find("header:x-request-id", opened);
  return [
    id === undefined ? "" : `id:${id};`,
    request === undefined ? "" : `request-id:${request};`,
    `ts:${time};`,
  ].join("");
}
