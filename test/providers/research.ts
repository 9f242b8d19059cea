/** Reads ../shared/providers in place: its vectors, and its records converted to schemes of ours. */
import { existsSync, readFileSync } from "node:fs";
import type { Request } from "../../src/core/event.ts";
import { asRequest } from "../../src/providers/sign.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import type { Credentials } from "../../src/providers/verdict.ts";

const folder = new URL("../../../shared/providers/", import.meta.url);

/** Whether the research files are on this machine. */
export const hasResearch = existsSync(new URL("vectors.json", folder));

interface ResearchScheme {
  readonly kind: string;
  readonly alg?: string | null;
  readonly encoding?: string | null;
  readonly signatureFrom: string | null;
  readonly headers?: string;
  readonly prefix: string | null;
  readonly parse: Record<string, string | boolean | number | null> | null;
  readonly parseRule?: string;
  readonly pairSeparator?: string;
  readonly signedContent: string | null;
  readonly timestamp: {
    from: string;
    unit: string;
    toleranceSeconds: number | null;
    enforceReplayWindow: boolean;
  } | null;
  readonly key: { decode: string; stripPrefix?: string | null } | null;
  readonly keyTemplate?: string;
  readonly perItem?: string;
  readonly absentFieldAs?: string;
  readonly bodyBinding?: { from?: string } | null;
  readonly urlVariants?: string[];
}

interface ResearchRecord {
  readonly id: string;
  readonly engine: string;
  readonly scheme: ResearchScheme;
  readonly altSchemes?: { when: string; scheme: ResearchScheme }[];
}

export interface Vector {
  readonly id: string;
  readonly provider: string;
  readonly kind: "delivery" | "primitive" | "handshake";
  readonly scheme: ResearchScheme | null;
  readonly secret: string | string[] | null;
  readonly publicKey: string | null;
  readonly config: Record<string, unknown> | null;
  readonly method: string;
  readonly url: string | null;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly now: number | null;
  readonly expected: boolean;
  readonly response?: { status: number; contentType?: string; body?: string; json?: unknown };
}

export function vectors(): Vector[] {
  return hasResearch ? (JSON.parse(readFileSync(new URL("vectors.json", folder), "utf8")) as Vector[]) : [];
}

/** Every scheme that the research says a generic engine can read; its name, and ours or undefined. */
export function researchSchemes(): { name: string; provider: string; scheme: Scheme | undefined }[] {
  if (!hasResearch) return [];
  const records = JSON.parse(readFileSync(new URL("providers.json", folder), "utf8")) as ResearchRecord[];
  return records.flatMap((record) => {
    const all = [{ when: "", scheme: record.scheme }, ...(record.altSchemes ?? [])];
    return all.flatMap(({ when, scheme }, at) =>
      (record.engine === "generic" || at > 0) && scheme.kind !== "jwt"
        ? [
            {
              name: when === "" ? record.id : `${record.id} (${when})`,
              provider: record.id,
              scheme: convert(scheme),
            },
          ]
        : [],
    );
  });
}

/** The research's record in our words; undefined for what needs JWT, a fetched key or code of its own. */
export function convert(old: ResearchScheme): Scheme | undefined {
  if (old.kind === "jwt" || old.kind === "ip") return undefined;
  if (old.kind === "none" || old.kind === "basic") return { kind: old.kind };
  const { timestamp, urlVariants } = old;
  return {
    kind: old.kind as Scheme["kind"],
    ...algorithmOf(old.alg ?? ""),
    ...(old.encoding ? { encoding: old.encoding as NonNullable<Scheme["encoding"]> } : {}),
    ...placeOf(old),
    ...(old.prefix ? { prefix: old.prefix.replace("<method>", "sha256") } : {}),
    ...listOf(old),
    ...(old.signedContent ? { content: contentOf(old) } : {}),
    ...(timestamp ? { timestamp: timeOf(timestamp) } : {}),
    ...keyOf(old),
    ...(old.bodyBinding?.from ? { bodyHash: { from: old.bodyBinding.from } } : {}),
    ...(urlVariants
      ? { urlVariants: ["port", ...(urlVariants.length > 3 ? (["apostrophe"] as const) : [])] }
      : {}),
  };
}

function algorithmOf(alg: string): Pick<Scheme, "algorithm" | "padding"> {
  const algorithm = /sha\d+|md5/.exec(alg)?.[0] as NonNullable<Scheme["algorithm"]> | undefined;
  return { ...(algorithm && { algorithm }), ...(alg.includes("pss") ? { padding: "pss" as const } : {}) };
}

function placeOf(old: ResearchScheme): Pick<Scheme, "from" | "each"> {
  const from = old
    .signatureFrom!.replace(/<(.*)>/, (_, name: string) => `{config:${name}}`)
    .replace(" -> ", "#");
  if (from.startsWith("headers:")) return { from: `header:${from.slice(8)}` };
  if (old.headers !== undefined) return { from: old.headers.split(", ").map((name) => `header:${name}`) };
  const item = old.perItem ?? /^json:(.*\[\])\./.exec(from)?.[1];
  return item === undefined ? { from } : { each: item, from: `item:${from.slice(`json:${item}.`.length)}` };
}

function listOf({ parse, parseRule, pairSeparator }: ResearchScheme): Pick<Scheme, "list"> {
  if (parse === null) return {};
  const separator = parse.itemSeparator as string;
  if (parse.layout !== undefined) return { list: { separator, pair: "/", field: "{config:keyId}/sha256" } };
  if (parse.positional === true) return { list: { separator, position: 1 } };
  const pair = (parse.fieldSeparator as string | null) ?? (parseRule === undefined ? undefined : "=");
  const field = parse.field as string | null;
  return {
    list: {
      separator,
      ...(pair && { pair }),
      ...(field && { field }),
      ...(pairSeparator && { groups: pairSeparator }),
    },
  };
}

function contentOf(old: ResearchScheme): string {
  const content = old.signedContent!.replaceAll(" -> ", "#");
  return old.absentFieldAs === "" ? content.replace(/\{item:([^}]*)\}/g, "{item:$1?}") : content;
}

function timeOf(old: NonNullable<ResearchScheme["timestamp"]>): NonNullable<Scheme["timestamp"]> {
  const { toleranceSeconds, enforceReplayWindow } = old;
  const unit = old.unit as NonNullable<Scheme["timestamp"]>["unit"];
  const from = old.from.replace(/<(.*)>/, "{config:$1}");
  return { from, unit, ...(toleranceSeconds !== null && enforceReplayWindow ? { toleranceSeconds } : {}) };
}

function keyOf({ key, keyTemplate, kind }: ResearchScheme): Pick<Scheme, "key"> {
  const named = key?.decode ?? "utf8";
  const decode = (/PEM/.exec(named) ? "pem" : /^(whpk_ \+ )?(\w+)/.exec(named)![2]) as NonNullable<
    NonNullable<Scheme["key"]>["decode"]
  >;
  const stripPrefix = named.startsWith("whpk_") ? "whpk_" : key?.stripPrefix;
  if (kind === "none") return {};
  return {
    key: { decode, ...(stripPrefix && { stripPrefix }), ...(keyTemplate && { template: keyTemplate }) },
  };
}

/** What a vector's receiver is configured with. */
export function credentialsOf(vector: Vector): Credentials {
  const secrets = [vector.publicKey ?? vector.secret ?? []].flat();
  const config = Object.fromEntries(
    Object.entries(vector.config ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return { secrets, config, ...(vector.url !== null && { url: vector.url }) };
}

/** A vector's request as it arrives. */
export function requestOf(vector: Vector): Request {
  const headers = Object.fromEntries(
    Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return asRequest({
    method: vector.method,
    url: vector.url ?? "/hooks/x",
    headers,
    body: Buffer.from(vector.body),
  });
}
