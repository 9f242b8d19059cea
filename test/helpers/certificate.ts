/** Certificates made on the spot: no key in the repository, none that runs out. RFC 5280 in DER. */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const ECDSA_SHA256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const SUBJECT_ALT_NAME = Buffer.from("0603551d11", "hex");
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex");
const AUTHORITY_INFO = Buffer.from("06082b06010505070101", "hex");
const CA_ISSUERS = Buffer.from("06082b06010505073002", "hex");
const DAY_MS = 86_400_000;

/** A key and its certificate in PEM, with the name that is in it. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
  readonly host: string;
}

/** What a certificate says; self-signed where it has no `issuer`. */
export interface Wanted {
  /** Host name or v4 address. */
  readonly host?: string;
  /** Epoch ms; valid for two days. A day ago by default. */
  readonly notBefore?: number;
  /** The common name, where it is not the host. */
  readonly name?: string;
  readonly issuer?: Certified;
  readonly ca?: boolean;
  /** Where its issuer's certificate is to be had. */
  readonly issuerUrl?: string;
  readonly type?: "ec" | "rsa";
}

/** A key and its certificate. */
export function aCertificate({
  host = "localhost",
  notBefore = Date.now() - DAY_MS,
  name = host,
  issuer,
  ca,
  issuerUrl,
  type = "ec",
}: Wanted = {}): Certified {
  const { privateKey, publicKey } =
    type === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const octets = /^[\d.]+$/.test(host) ? host.split(".").map(Number) : undefined;
  const altName = octets ? tlv(0x87, Buffer.from(octets)) : tlv(0x82, Buffer.from(host));
  const extensions = [sequence(SUBJECT_ALT_NAME, tlv(0x04, sequence(altName)))];
  if (ca !== undefined) {
    const is = ca ? tlv(0x01, Buffer.from([0xff])) : Buffer.alloc(0);
    extensions.push(sequence(BASIC_CONSTRAINTS, tlv(0x04, sequence(is))));
  }
  if (issuerUrl !== undefined) {
    const access = sequence(CA_ISSUERS, tlv(0x86, Buffer.from(issuerUrl)));
    extensions.push(sequence(AUTHORITY_INFO, tlv(0x04, sequence(access))));
  }
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    called(issuer?.host ?? name),
    sequence(time(notBefore), time(notBefore + 2 * DAY_MS)),
    called(name),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signature = tlv(0x03, Buffer.from([0]), sign("sha256", body, signer));
  const der = sequence(body, ECDSA_SHA256, signature)
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n");
  return {
    host: name,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`,
  };
}

function called(name: string): Buffer {
  return sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(name)))));
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
