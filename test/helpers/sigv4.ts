/** A receiver's side of AWS Signature Version 4, by the published steps and without a library. */
import { createHash, createHmac } from "node:crypto";
import type { Arrival } from "./target.ts";

/** "right", or what is wrong. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function verifiedSigV4({ method, path, headers, bytes }: Arrival, secret: string): string {
  const [, scope = "", names = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers["authorization"] ?? "",
    ) ?? [];
  if (signature === "") return "no signature";
  const [day = "", region = "", service = ""] = scope.split("/");
  const date = headers["x-amz-date"] ?? "";
  if (!date.startsWith(day)) return "another day";
  if (!names.split(";").includes("host") || !names.split(";").includes("x-amz-date"))
    return "host or date unsigned";
  const [pathname = "", query = ""] = path.split("?");
  const canonical = [
    method,
    pathname.split("/").map(encoded).join("/"),
    canonicalQuery(query),
    ...names.split(";").map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names,
    createHash("sha256").update(bytes).digest("hex"),
  ].join("\n");
  const hashed = createHash("sha256").update(canonical).digest("hex");
  const key = [day, region, service, "aws4_request"].reduce(hmac, Buffer.from(`AWS4${secret}`));
  const expected = hmac(key, ["AWS4-HMAC-SHA256", date, scope, hashed].join("\n")).toString("hex");
  return expected === signature ? "right" : "another signature";
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query
    .split("&")
    .map((pair) => pair.split("=").map((part) => encoded(decodeURIComponent(part))));
  return pairs
    .map(([name = "", value = ""]) => `${name}=${value}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join("&");
}
