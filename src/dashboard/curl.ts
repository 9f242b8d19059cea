/** A request as a command line: each argument quoted so that a POSIX shell hands it to curl as it is. */

/** What is to be sent. */
export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Headers that curl sets by itself, or that belong to one connection. */
const OWN =
  /^(host|content-length|connection|accept-encoding|transfer-encoding|keep-alive|expect|te|upgrade)$/i;

/** The command, an argument a line. */
export function curlOf({ method, url, headers, body }: Sending): string {
  const words = [
    `curl -X ${quoted(method)} ${quoted(url)}`,
    ...Object.entries(headers)
      .filter(([name]) => !OWN.test(name))
      // An empty header is written with a semicolon, or curl takes it away.
      .map(([name, value]) => `-H ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`),
    ...(body === undefined || body === "" ? [] : [`--data-raw ${quoted(body)}`]),
  ];
  return words.join(" \\\n  ");
}

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`;
}

/** An event's body as it is sent again: text as it is, fields of a form as a form, everything else as JSON. */
export function bodyText(body: unknown, contentType: string): string {
  if (body === undefined || contentType === "empty") return "";
  if (contentType === "text" && typeof body === "string") return body;
  if (contentType.startsWith("form:"))
    return new URLSearchParams({ [contentType.slice("form:".length)]: JSON.stringify(body) }).toString();
  if (contentType === "form" && typeof body === "object" && body !== null) {
    const fields = Object.entries(body).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
    );
    return new URLSearchParams(fields).toString();
  }
  return JSON.stringify(body);
}
