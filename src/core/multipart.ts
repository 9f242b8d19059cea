/** multipart/form-data (RFC 7578), read from memory: fields as texts, files as what is known of them without their bytes. */

const MAX_PARTS = 1000;

type Field = string | { readonly filename: string; readonly contentType: string; readonly bytes: number };

/** Fields by name, a repeated one as an array. Throws where the body is not whole or its first line is no boundary. */
export function parseMultipart(body: Buffer): Record<string, Field | Field[]> {
  const firstEnd = body.indexOf("\r\n");
  const boundary = body.subarray(0, firstEnd).toString("latin1");
  if (firstEnd < 0 || !/^--[\w'()+,./:=? -]{1,70}$/.test(boundary)) throw new Error("There is no boundary.");
  const fields = new Map<string, Field | Field[]>();
  let at = firstEnd + 2;
  for (let count = 0; ; count += 1) {
    if (count >= MAX_PARTS) throw new Error(`There are more than ${MAX_PARTS} parts.`);
    const end = body.indexOf(`\r\n${boundary}`, Math.max(0, at - 2), "latin1");
    if (end < 0) throw new Error("The last boundary is missing.");
    addPart(fields, body.subarray(at, Math.max(at, end)));
    const after = end + 2 + boundary.length;
    const next = body.subarray(after, after + 2).toString("latin1");
    if (next === "--") return Object.fromEntries(fields);
    if (next !== "\r\n") throw new Error("A boundary is not at the end of its line.");
    at = after + 2;
  }
}

function addPart(fields: Map<string, Field | Field[]>, part: Buffer): void {
  const headEnd = part.indexOf("\r\n\r\n");
  if (headEnd < 0) throw new Error("A part has no head.");
  const head = part.subarray(0, headEnd).toString("utf8");
  const content = part.subarray(headEnd + 4);
  const disposition = /^content-disposition:[ \t]*form-data;(.*)$/im.exec(head)?.[1];
  const name = parameter(disposition, "name");
  if (name === undefined) throw new Error("A part has no name.");
  const filename = parameter(disposition, "filename");
  const contentType = /^content-type:[ \t]*(.*)$/im.exec(head)?.[1]?.trim() ?? "text/plain";
  const field: Field =
    filename === undefined ? content.toString("utf8") : { filename, contentType, bytes: content.length };
  const known = fields.get(name);
  if (known === undefined) fields.set(name, field);
  else fields.set(name, [known, field].flat());
}

function parameter(disposition: string | undefined, name: string): string | undefined {
  const found = new RegExp(`(?:^|[;\\s])${name}=(?:"([^"]*)"|([^;\\s]+))`, "i").exec(disposition ?? "");
  return found?.[1] ?? found?.[2];
}
