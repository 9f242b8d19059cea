/** Self-signed certificates made on the spot: no key in the repository, none that runs out. RFC 5280 in DER. */
import { generateKeyPairSync, sign } from "node:crypto";

const ECDSA_SHA256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const SUBJECT_ALT_NAME = Buffer.from("0603551d11", "hex");
const DAY_MS = 86_400_000;

/** Key and certificate in PEM for a host name or v4 address, valid from a day ago or from `notBefore` for two days. */
export function aCertificate({ host = "localhost", notBefore = Date.now() - DAY_MS } = {}): {
  key: string;
  cert: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(host)))));
  const octets = /^[\d.]+$/.test(host) ? host.split(".").map(Number) : undefined;
  const altName = octets ? tlv(0x87, Buffer.from(octets)) : tlv(0x82, Buffer.from(host));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    ECDSA_SHA256,
    name,
    sequence(time(notBefore), time(notBefore + 2 * DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tlv(0x04, sequence(altName))))),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const der = sequence(body, ECDSA_SHA256, signature)
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`,
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const size = value.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

/** GeneralizedTime. */
function time(epochMs: number): Buffer {
  return tlv(0x18, Buffer.from(`${new Date(epochMs).toISOString().replace(/[-:T]|\..*/g, "")}Z`));
}
