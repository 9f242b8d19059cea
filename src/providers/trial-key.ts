/** A key pair of one's own, to rehearse providers that sign with a private key: what signs samples, and what a source takes to verify them. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { Scheme } from "./scheme.ts";

type Kind = "ed25519" | "ecdsa" | "rsa";

/** True where only the provider can sign: with a key of which a source has the public half. */
export function isProvidersKey(scheme: Scheme): boolean {
  return kindOf(scheme) !== undefined;
}

/** A new private key that fits the scheme, as PEM (PKCS#8). */
export function makeTrialKey(scheme: Scheme): string {
  const kind = kindOf(scheme) ?? "rsa";
  const { privateKey } =
    kind === "ed25519"
      ? generateKeyPairSync("ed25519")
      : kind === "ecdsa"
        ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Its public half as the source's `secrets` take it, in one line. Throws where the text is no private key. */
export function publicSecret({ kind, key = {} }: Scheme, privatePem: string): string {
  const publicKey = createPublicKey(privatePem);
  const { decode = "utf8" } = key;
  if (kind === "jwt" || decode === "pem" || decode === "utf8")
    return publicKey.export({ type: "spki", format: "pem" }).toString().trim().replaceAll("\n", "\\n");
  const der = publicKey.export({ type: "spki", format: "der" });
  const bytes = kind === "ed25519" && decode === "hex" ? der.subarray(-32) : der;
  return (key.stripPrefix ?? "") + bytes.toString(decode);
}

function kindOf({ kind, jwt }: Scheme): Kind | undefined {
  if (kind === "ed25519" || kind === "ecdsa" || kind === "rsa") return kind;
  const start = kind === "jwt" ? jwt?.algorithm.slice(0, 2) : undefined;
  return ({ RS: "rsa", ES: "ecdsa", Ed: "ed25519" } as const)[start as "RS"];
}
