import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyText, curlOf, quoted } from "../../src/dashboard/curl.ts";
import { readBody } from "../../src/core/body.ts";

/** What a real shell makes of the command: its words. */
function words(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

test("a shell hands every argument to curl as it is, whatever stands in it", () => {
  const body = `{"a":"it's $HOME \`id\` \\"x\\" !! \\n","b":"line\nbreak"}`;
  const command = curlOf({
    method: "POST",
    url: "http://x/?a=$b&c='d'",
    headers: { "x-a": "o'clock; rm -rf $(pwd)" },
    body,
  });
  expect(words(command)).toEqual([
    "-X",
    "POST",
    "http://x/?a=$b&c='d'",
    "-H",
    "x-a: o'clock; rm -rf $(pwd)",
    "--data-raw",
    body,
  ]);
});

test("any text is one word", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      fc.pre(!text.includes("\0"));
      expect(words(`curl ${quoted(text)}`)).toEqual([text]);
    }),
    { numRuns: 60 },
  );
});

test("what belongs to the connection is left out, and an empty header is kept", () => {
  const headers = { Host: "x", "content-length": "3", "x-empty": "", "content-type": "text/plain" };
  expect(words(curlOf({ method: "POST", url: "/", headers }))).toEqual([
    "-X",
    "POST",
    "/",
    "-H",
    "x-empty;",
    "-H",
    "content-type: text/plain",
  ]);
});

test.each([
  ["json", { a: [1, "ü"] }],
  ["text", "plain"],
  ["form", { a: "1", b: ["2", "3"] }],
  ["form:payload", { a: 1 }],
] as const)("a body of kind %s is read again as what it was", (kind, value) => {
  expect(readBody(Buffer.from(bodyText(value, kind)), kind)).toEqual(value);
});
