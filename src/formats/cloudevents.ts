/** CloudEvents 1.0 over HTTP: attributes as `ce-` headers (binary), or in one JSON with the result (structured). */
import type { Template } from "../language/template.ts";
import type { About, Encode, Written } from "./written.ts";

/** Attributes that the target's file gives, compiled. */
export type AttributeTexts = ReadonlyMap<string, Template>;

/** The encoder; `write` writes the data. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md */
export function cloudEvents(
  mode: "binary" | "structured",
  texts: AttributeTexts,
  write: (result: unknown) => Written,
): Encode {
  return async (result, about) => {
    const attributes = await attributesOf(texts, about);
    if (mode === "structured") return structured(attributes, result);
    const written = write(result);
    const named = Object.entries(attributes).map(([name, text]) => [`ce-${name}`, headerText(text)]);
    return { bytes: written.bytes, headers: { ...written.headers, ...Object.fromEntries(named) } };
  };
}

async function attributesOf(
  texts: AttributeTexts,
  { delivery, payload, context }: About,
): Promise<Record<string, string>> {
  const attributes: Record<string, string> = {
    specversion: "1.0",
    id: delivery,
    source: `/sources/${context.source}`,
    type: context.type === "" ? "event" : context.type,
    time: context.receivedAt,
  };
  for (const [name, template] of texts) attributes[name] = await template.render(payload, context);
  return attributes;
}

function structured(attributes: Record<string, string>, data: unknown): Written {
  const datacontenttype = typeof data === "string" ? "text/plain" : "application/json";
  return {
    bytes: Buffer.from(JSON.stringify({ ...attributes, datacontenttype, data })),
    headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
  };
}

/** HTTP binding § 3.1.3.2: all but visible ASCII, and quotes and percent signs, are percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x21\x23\x24\x26-\x7e]+/g, (found) =>
    [...Buffer.from(found)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
