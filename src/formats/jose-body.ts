/** Bodies that are signed (JWS) or encrypted (JWE) as a whole, in compact form; with both they are signed first. */
import { encryptionKeyOf, signingKeyOf } from "../credentials/jose-keys.ts";
import type { JweFile, JwsFile } from "../core/target-format.ts";
import { encryptCompact, signCompact } from "../providers/jwt.ts";
import type { Wrap, Written } from "./written.ts";

const TYPE = "application/jose";

/** Throws RULE_CREDENTIAL_INVALID where the key is none of the algorithm's. */
export function signing({ algorithm: alg, key: text, keyId }: JwsFile): Wrap {
  const key = signingKeyOf(alg, text);
  return async (written) => {
    const header = { alg, cty: innerType(written), ...(keyId !== undefined && { kid: keyId }) };
    return replaced(written, await signCompact(written.bytes, header, key));
  };
}

/** Throws RULE_CREDENTIAL_INVALID where the key is none of the algorithm's. */
export function encrypting({ algorithm: alg, encryption: enc = "A256GCM", key: text, keyId }: JweFile): Wrap {
  const key = encryptionKeyOf(alg, enc, text);
  return async (written) => {
    const header = { alg, enc, cty: innerType(written), ...(keyId !== undefined && { kid: keyId }) };
    return replaced(written, await encryptCompact(written.bytes, header, key));
  };
}

/** RFC 7515 § 4.1.10: `application/` may be left out, and is recommended to be. */
function innerType({ headers }: Written): string {
  const type = headers["content-type"]!;
  return /^application\/[^/;]+$/.test(type) ? type.slice("application/".length) : type;
}

function replaced({ headers }: Written, compact: string): Written {
  return { bytes: Buffer.from(compact), headers: { ...headers, "content-type": TYPE } };
}
