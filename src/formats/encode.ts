/** A target's way to write a result, made ready when the workspace is loaded: format, then signature, encryption, compression. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { exactText } from "../core/big-integers.ts";
import { SignalboxError } from "../core/errors.ts";
import type { TargetFile } from "../core/target.ts";
import { writeForm } from "../core/write-form.ts";
import { writeMultipart } from "../core/write-multipart.ts";
import { writeXml } from "../core/write-xml.ts";
import { cloudEvents } from "./cloudevents.ts";
import type { AttributeTexts } from "./cloudevents.ts";
import { encrypting, signing } from "./jose-body.ts";
import type { Encode, Wrap, Written } from "./written.ts";

/** The encoder of a target; undefined where none of its keys is there, which costs nothing. Throws RULE_CREDENTIAL_INVALID. */
export function compileEncoder(
  { format, jws, jwe, compress }: Pick<TargetFile, "format" | "jws" | "jwe" | "compress">,
  attributes: AttributeTexts,
): Encode | undefined {
  const wraps: Wrap[] = [
    ...(jws === undefined ? [] : [signing(jws)]),
    ...(jwe === undefined ? [] : [encrypting(jwe)]),
    ...(compress === undefined ? [] : [compressed]),
  ];
  if (format === undefined && wraps.length === 0) return undefined;
  const write = format === undefined ? asItIs : writerOf(format, attributes);
  return async (result, about) => {
    let written = await write(result, about);
    for (const wrap of wraps) written = await wrap(written);
    return written;
  };
}

function writerOf(format: NonNullable<TargetFile["format"]>, attributes: AttributeTexts): Encode {
  switch (format.type) {
    case "json":
      return json;
    case "form":
      return (result) =>
        typed(
          told("form", () => writeForm(result)),
          "application/x-www-form-urlencoded",
        );
    case "text":
      return text;
    case "ndjson":
      return lines;
    case "multipart":
      return (result) => {
        const { bytes, contentType } = told("multipart", () => writeMultipart(result));
        return { bytes, headers: { "content-type": contentType } };
      };
    case "xml": {
      const { root, attributes: ofRoot } = format;
      return (result) => {
        const value = root === undefined ? result : { [root]: result };
        return typed(
          told("xml", () => writeXml(value, ofRoot as Record<string, string> | undefined)),
          "application/xml",
        );
      };
    }
    case "cloudevents":
      return cloudEvents(format.mode ?? "binary", attributes, asItIs);
  }
}

/** Text is text, everything else JSON: what is sent where no format is given. */
export const asItIs = (result: unknown): Written =>
  typeof result === "string" ? typed(result, "text/plain; charset=utf-8") : json(result);

function json(result: unknown): Written {
  return typed(exactText(result) ?? JSON.stringify(result), "application/json");
}

function text(result: unknown): Written {
  if (typeof result !== "string" && typeof result !== "number" && typeof result !== "boolean")
    throw unfit("text", "the result must be text");
  return typed(String(result), "text/plain; charset=utf-8");
}

function lines(result: unknown): Written {
  if (!Array.isArray(result)) throw unfit("ndjson", "the result must be a list, one item a line");
  const written = result.map((item) => `${JSON.stringify(item)}\n`);
  return typed(written.join(""), "application/x-ndjson");
}

function typed(content: string, contentType: string): Written {
  return { bytes: Buffer.from(content), headers: { "content-type": contentType } };
}

/** The writers' sentences, as errors of the table. */
function told<T>(format: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw unfit(format, cause instanceof Error ? cause.message : "it failed");
  }
}

function unfit(format: string, why: string): SignalboxError {
  return new SignalboxError("FORWARD_BODY_INVALID", `The result cannot be written as ${format}: ${why}.`);
}

const zip = promisify(gzip);

async function compressed({ bytes, headers }: Written): Promise<Written> {
  return { bytes: await zip(bytes), headers: { ...headers, "content-encoding": "gzip" } };
}
