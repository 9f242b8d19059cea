/** Signatures at the edges of what they may be, in the manner of Wycheproof: every kind of scheme takes the right one and none of its neighbours. */
import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  sign as signBytes,
  type KeyObject,
} from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Scheme } from "../../src/providers/scheme.ts";
import { verify } from "../../src/providers/verify.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { aRequest, NOW } from "../providers/request.ts";

const BODY = '{"ref":"refs/heads/main","n":1}';
const OTHER = '{"ref":"refs/heads/main","n":2}';
const SECRET = "a secret of the usual length";
const noFetch = (): Promise<never> => Promise.reject(new Error("fetched"));

/** Whether a scheme takes a signature that stands in `x-signature`. */
async function takes(scheme: Scheme, signature: string, secret = SECRET, body = BODY): Promise<boolean> {
  const request = aRequest([["x-signature", signature]], body);
  return (await verifyFetched(scheme, request, { secrets: [secret] }, NOW, noFetch)).ok;
}

/** Every text that must be refused, by what is wrong with it. */
async function refuses(
  scheme: Scheme,
  wrong: Readonly<Record<string, string>>,
  secret = SECRET,
): Promise<void> {
  const taken: string[] = [];
  for (const [what, signature] of Object.entries(wrong))
    if (await takes(scheme, signature, secret)) taken.push(what);
  expect(taken).toEqual([]);
}

/** The bytes with one bit another, for every bit (of every 7th byte of long ones). */
function* flips(bytes: Buffer): Generator<Buffer> {
  const step = bytes.length > 80 ? 7 : 1;
  for (let at = 0; at < bytes.length; at += step)
    for (let bit = 0; bit < 8; bit++) {
      const other = Buffer.from(bytes);
      other[at]! ^= 1 << bit;
      yield other;
    }
}

/** Bytes of another length, or shifted, or repeated. */
function reshaped(bytes: Buffer): Record<string, Buffer> {
  return {
    empty: Buffer.alloc(0),
    "a byte short": bytes.subarray(0, -1),
    "without its first byte": bytes.subarray(1),
    "half of it": bytes.subarray(0, bytes.length / 2),
    "a byte long": Buffer.concat([bytes, Buffer.from([0])]),
    "with a zero before it": Buffer.concat([Buffer.from([0]), bytes]),
    twice: Buffer.concat([bytes, bytes]),
    "all zeros": Buffer.alloc(bytes.length),
    "all ones": Buffer.alloc(bytes.length, 0xff),
    reversed: Buffer.from(bytes).reverse(),
  };
}

const keys = Object.keys;
const spelled = (some: Record<string, Buffer>, as: BufferEncoding): Record<string, string> =>
  Object.fromEntries(keys(some).map((what) => [what, some[what]!.toString(as)]));

describe("hmac", () => {
  const macs: [Scheme, BufferEncoding][] = (["sha1", "sha256", "sha384", "sha512"] as const).flatMap(
    (algorithm) =>
      (["hex", "base64", "base64url"] as const).map((encoding): [Scheme, BufferEncoding] => [
        { kind: "hmac", algorithm, encoding, from: "header:x-signature" },
        encoding,
      ]),
  );

  it.each(macs)("takes the right one of %j and none that is near it", async (scheme, encoding) => {
    const algorithm = scheme.algorithm!;
    const of = (secret: string, body: string, by: string = algorithm): Buffer =>
      createHmac(by, secret).update(body).digest();
    const right = of(SECRET, BODY);
    expect(await takes(scheme, right.toString(encoding))).toBe(true);
    for (const wrong of flips(right)) expect(await takes(scheme, wrong.toString(encoding))).toBe(false);
    const text = right.toString(encoding);
    await refuses(scheme, {
      ...spelled(reshaped(right), encoding),
      "of another body": of(SECRET, OTHER).toString(encoding),
      "of another secret": of("another secret of that length", BODY).toString(encoding),
      "of an empty secret": of("", BODY).toString(encoding),
      "of the secret with a zero behind it": of(`${SECRET}\0x`, BODY).toString(encoding),
      "of the secret in upper case": of(SECRET.toUpperCase(), BODY).toString(encoding),
      "of body and secret the other way round": of(BODY, SECRET).toString(encoding),
      "of another hash": of(SECRET, BODY, algorithm === "sha256" ? "sha512" : "sha256").toString(encoding),
      "a plain hash of the two": createHash(algorithm)
        .update(SECRET + BODY)
        .digest(encoding as "hex"),
      "in another encoding": right.toString(encoding === "hex" ? "base64" : "hex"),
      "with white space in it": `${text.slice(0, 8)} ${text.slice(8)}`,
      "with a line break behind it": `${text}\n`,
      "with a prefix": `sha256=${text}`,
      "with junk behind it": `${text}!!`,
      "with a zero byte behind it": `${text}\0`,
      "with 0x before it": `0x${text}`,
      "in quotes": `"${text}"`,
      "twice, by a comma": `${text},${text}`,
      "in full-width digits": text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
      "in percent codes": encodeURIComponent(text).replace(
        /^./,
        (sign) => `%${sign.charCodeAt(0).toString(16)}`,
      ),
    });
  });

  it("of RFC 4231, with keys shorter and longer than a block, is what the RFC says", () => {
    const vectors: [key: string, data: string, mac: string][] = [
      [
        "4a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      ],
      ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
      [
        "aa".repeat(131),
        Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First").toString("hex"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      ],
    ];
    const scheme: Scheme = { kind: "hmac", from: "header:x-signature", key: { decode: "hex" } };
    for (const [key, data, mac] of vectors) {
      const request = (signature: string) => aRequest([["x-signature", signature]], Buffer.from(data, "hex"));
      expect(verify(scheme, request(mac), { secrets: [key] }, NOW)).toEqual({ ok: true, secret: 0 });
      expect(verify(scheme, request(mac.slice(0, 32)), { secrets: [key] }, NOW).ok).toBe(false);
    }
  });
});

describe("digest", () => {
  it("takes the right one and none that is near it", async () => {
    const scheme: Scheme = { kind: "digest", from: "header:x-signature", content: "{body}{secret}" };
    const right = createHash("sha256")
      .update(BODY + SECRET)
      .digest();
    expect(await takes(scheme, right.toString("hex"))).toBe(true);
    for (const wrong of flips(right)) expect(await takes(scheme, wrong.toString("hex"))).toBe(false);
    await refuses(scheme, {
      ...spelled(reshaped(right), "hex"),
      "of the body alone": createHash("sha256").update(BODY).digest("hex"),
      "the other way round": createHash("sha256")
        .update(SECRET + BODY)
        .digest("hex"),
    });
  });
});

describe("shared-token and basic", () => {
  it("compare the whole text, and nothing but it", async () => {
    await refuses(
      { kind: "shared-token", from: "header:x-signature" },
      {
        empty: "",
        "its beginning": SECRET.slice(0, -1),
        longer: `${SECRET}x`,
        "with a zero byte behind it": `${SECRET}\0`,
        "in upper case": SECRET.toUpperCase(),
        "in percent codes": encodeURIComponent(SECRET),
        hashed: createHash("sha256").update(SECRET).digest("hex"),
        twice: `${SECRET}, ${SECRET}`,
        "a part that is equal in another normal form": SECRET.replace("a", "\u0061\u0300"),
      },
    );
    expect(await takes({ kind: "shared-token", from: "header:x-signature" }, SECRET)).toBe(true);
    const basic: Scheme = { kind: "basic", from: "header:x-signature" };
    const of = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    expect(await takes(basic, of("ada:pa:ss"), "ada:pa:ss")).toBe(true);
    // As a source's file has it, with the schema's defaults written out.
    expect(await takes({ ...basic, prefix: "", encoding: "hex" }, of("ada:pa:ss"), "ada:pa:ss")).toBe(true);
    await refuses(
      basic,
      {
        "another user": of("bob:pa:ss"),
        "no password": of("ada:"),
        "no user": of(":pa:ss"),
        "no colon": of("adapa:ss".replace(":", "")),
        "its beginning": of("ada:pa"),
        "another scheme": of("ada:pa:ss").replace("Basic", "Bearer"),
        "without a scheme": of("ada:pa:ss").slice(6),
        "bits beyond the last byte": of("ada:pa:ss").replace(/.$/, "~"),
        "white space in it": of("ada:pa:ss").replace("YWRh", "YWRh "),
        "not encoded": "Basic ada:pa:ss",
      },
      "ada:pa:ss",
    );
  });
});

const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const toHex = (value: bigint, bytes: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex");
const number = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString("hex") || "0"}`);

describe("ed25519", () => {
  const pair = generateKeyPairSync("ed25519");
  const scheme: Scheme = { kind: "ed25519", from: "header:x-signature" };
  const right = signBytes(null, Buffer.from(BODY), pair.privateKey);
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;

  it("takes the right one and none that is near it: S is below the order, R is a point", async () => {
    const secret = pem(pair.publicKey);
    expect(await takes(scheme, right.toString("hex"), secret)).toBe(true);
    for (const wrong of flips(right)) expect(await takes(scheme, wrong.toString("hex"), secret)).toBe(false);
    const s = number(Buffer.from(right.subarray(32)).reverse());
    const withS = (value: bigint): Buffer =>
      Buffer.concat([right.subarray(0, 32), Buffer.from(toHex(value, 32)).reverse()]);
    await refuses(
      scheme,
      spelled(
        {
          ...reshaped(right),
          "S of the next round": withS(s + L),
          "S = 0": withS(0n),
          "S = L": withS(L),
          "S negated": withS(L - s),
          "R = 0": Buffer.concat([Buffer.alloc(32), right.subarray(32)]),
          "R the neutral element": Buffer.concat([Buffer.from([1]), Buffer.alloc(31), right.subarray(32)]),
          "R with its sign turned": Buffer.concat([
            right.subarray(0, 31),
            Buffer.from([right[31]! ^ 0x80]),
            right.subarray(32),
          ]),
          "R not reduced": Buffer.concat([Buffer.alloc(31, 0xff), Buffer.from([0x7f]), right.subarray(32)]),
          "of another body": signBytes(null, Buffer.from(OTHER), pair.privateKey),
          "of another key": signBytes(null, Buffer.from(BODY), generateKeyPairSync("ed25519").privateKey),
        },
        "hex",
      ),
      secret,
    );
  });

  it("takes nothing by a public key of small order", async () => {
    const small = `${"01"}${"00".repeat(31)}`;
    const byNobody: Record<string, string> = {
      ...spelled(reshaped(right), "hex"),
      "R = 1, S = 0": `01${"00".repeat(63)}`,
    };
    const taken = await Promise.all(
      keys(byNobody).map((what) =>
        takes({ ...scheme, key: { decode: "hex" } }, byNobody[what]!, small).then(
          (ok) => [what, ok] as const,
        ),
      ),
    );
    // RFC 8032 lets "R = 1, S = 0" pass under that key: it is the operator who names keys, and no one has that one.
    expect(taken.filter(([what, ok]) => ok && what !== "R = 1, S = 0")).toEqual([]);
  });
});

describe("ecdsa", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const scheme: Scheme = { kind: "ecdsa", encoding: "base64", from: "header:x-signature" };
  const right = signBytes("sha256", Buffer.from(BODY), pair.privateKey);
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const plain = signBytes("sha256", Buffer.from(BODY), {
    key: pair.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  const r = number(plain.subarray(0, 32));
  const s = number(plain.subarray(32));
  const integer = (value: bigint): Buffer => {
    const text = value.toString(16);
    const bytes = Buffer.from(text.length % 2 === 0 ? text : `0${text}`, "hex");
    const signed = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, signed.length]), signed]);
  };
  const sequence = (...parts: Buffer[]): Buffer => {
    const all = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([0x30, all.length]), all]);
  };

  it("takes the right one and none that is near it: r and s in range, in DER and in nothing else", async () => {
    const secret = pem(pair.publicKey);
    expect(await takes(scheme, right.toString("base64"), secret)).toBe(true);
    expect(await takes(scheme, sequence(integer(r), integer(s)).toString("base64"), secret)).toBe(true);
    for (const wrong of flips(right))
      expect(await takes(scheme, wrong.toString("base64"), secret)).toBe(false);
    const good = sequence(integer(r), integer(s));
    await refuses(
      scheme,
      spelled(
        {
          ...reshaped(right),
          "r = 0, s = 0": sequence(integer(0n), integer(0n)),
          "r = 1, s = 0": sequence(integer(1n), integer(0n)),
          "r = 0, s = 1": sequence(integer(0n), integer(1n)),
          "r = n, s = n": sequence(integer(N), integer(N)),
          "r = n, s = 0": sequence(integer(N), integer(0n)),
          "s of the next round": sequence(integer(r), integer(s + N)),
          "r of the next round": sequence(integer(r + N), integer(s)),
          "r and s exchanged": sequence(integer(s), integer(r)),
          "r negative": sequence(Buffer.from([2, 1, 0xff]), integer(s)),
          "s left out": sequence(integer(r)),
          "a third number": sequence(integer(r), integer(s), integer(1n)),
          "bytes behind it": Buffer.concat([good, Buffer.from([5, 0])]),
          "a length in the long form": Buffer.concat([Buffer.from([0x30, 0x81]), good.subarray(1)]),
          "a length without end": Buffer.concat([
            Buffer.from([0x30, 0x80]),
            good.subarray(2),
            Buffer.alloc(2),
          ]),
          "a set instead of a sequence": Buffer.concat([Buffer.from([0x31]), good.subarray(1)]),
          "a null instead of a number": sequence(integer(r), Buffer.from([5, 0])),
          "r with a zero more than it needs": sequence(
            Buffer.concat([Buffer.from([2, 34, 0, 0]), toHex(r, 32)]),
            integer(s),
          ),
          "as plain r and s": plain,
          "of another body": signBytes("sha256", Buffer.from(OTHER), pair.privateKey),
          "of another hash": signBytes("sha1", Buffer.from(BODY), pair.privateKey),
          "of another key": signBytes(
            "sha256",
            Buffer.from(BODY),
            generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey,
          ),
          "of a key on another curve": signBytes(
            "sha256",
            Buffer.from(BODY),
            generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey,
          ),
        },
        "base64",
      ),
      secret,
    );
  });
});

describe("rsa", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const scheme: Scheme = { kind: "rsa", encoding: "base64", from: "header:x-signature" };
  const secret = pem(pair.publicKey);
  const bytes = Buffer.from(BODY);
  const right = signBytes("sha256", bytes, pair.privateKey);
  const pss = (saltLength: number): Buffer =>
    signBytes("sha256", bytes, {
      key: pair.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });
  const modulus = number(Buffer.from(createPublicKey(secret).export({ format: "jwk" }).n!, "base64url"));
  const digest = createHash("sha256").update(bytes).digest();
  const INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");
  /** A block of our own making under the private key: what a verifier that looks carelessly would take. */
  const block = (...parts: Buffer[]): Buffer => {
    const all = Buffer.concat(parts);
    const whole = Buffer.concat([all, Buffer.alloc(Math.max(0, 256 - all.length))]).subarray(0, 256);
    return privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, whole);
  };
  const ones = (count: number): Buffer => Buffer.alloc(count, 0xff);
  const HEAD = Buffer.from([0, 1]);
  const ZERO = Buffer.from([0]);

  it("with PKCS#1 takes the right one and none that is near it: the padding is looked at whole", async () => {
    expect(await takes(scheme, right.toString("base64"), secret)).toBe(true);
    expect(await takes(scheme, block(HEAD, ones(202), ZERO, INFO, digest).toString("base64"), secret)).toBe(
      true,
    );
    for (const wrong of flips(right))
      expect(await takes(scheme, wrong.toString("base64"), secret)).toBe(false);
    await refuses(
      scheme,
      spelled(
        {
          ...reshaped(right),
          one: toHex(1n, 256),
          "n - 1": toHex(modulus - 1n, 256),
          n: toHex(modulus, 256),
          "of the next round": toHex(number(right) + modulus, 257),
          "padding cut short, junk behind": block(HEAD, ones(8), ZERO, INFO, digest, ones(40)),
          "junk between": block(HEAD, ones(8), ZERO, ones(194), INFO, digest),
          "padding of another type": block(Buffer.from([0, 2]), ones(202), ZERO, INFO, digest),
          "padding that is not all ones": block(HEAD, ones(201), Buffer.from([0xfe]), ZERO, INFO, digest),
          "no padding": block(HEAD, ZERO, INFO, digest),
          "without the hash's name": block(HEAD, ones(221), ZERO, digest),
          "the name of another hash": block(
            HEAD,
            ones(202),
            ZERO,
            Buffer.from(INFO.toString("hex").replace("0201", "0203"), "hex"),
            digest,
          ),
          "another digest": block(HEAD, ones(202), ZERO, INFO, ones(32)),
          "PSS where PKCS#1 is wanted": pss(32),
          "of another hash": signBytes("sha1", bytes, pair.privateKey),
          "of another body": signBytes("sha256", Buffer.from(OTHER), pair.privateKey),
          "of another key": signBytes(
            "sha256",
            bytes,
            generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
          ),
        },
        "base64",
      ),
      secret,
    );
  });

  it("with PSS takes the right one, and no PKCS#1", async () => {
    const padded: Scheme = { ...scheme, padding: "pss" };
    expect(await takes(padded, pss(32).toString("base64"), secret)).toBe(true);
    for (const wrong of flips(pss(32)))
      expect(await takes(padded, wrong.toString("base64"), secret)).toBe(false);
    await refuses(padded, spelled({ ...reshaped(pss(32)), "PKCS#1": right }, "base64"), secret);
  });
});

describe("jwt", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const at = Math.floor(NOW / 1000);
  const part = (value: unknown): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const claims = { iat: at, exp: at + 60, sub: "x" };
  type Made = { header?: unknown; payload?: unknown };
  const input = ({ header = { alg: "HS256" }, payload = claims }: Made = {}): string =>
    `${part(header)}.${part(payload)}`;
  const hs = (made: Made = {}, secret: string | Buffer = SECRET, hash = "sha256"): string =>
    `${input(made)}.${createHmac(hash, secret).update(input(made)).digest("base64url")}`;
  const demands = (algorithm: "HS256" | "RS256" | "ES256"): Scheme => ({
    kind: "jwt",
    from: "header:x-signature",
    jwt: { algorithm, requireExpiry: true, maxAgeSeconds: 300 },
  });

  it("by a shared secret takes the right one and none that is near it", async () => {
    const scheme = demands("HS256");
    expect(await takes(scheme, hs())).toBe(true);
    const [head = "", middle = "", last = ""] = hs().split(".");
    for (const wrong of flips(Buffer.from(last, "base64url")))
      expect(await takes(scheme, `${head}.${middle}.${wrong.toString("base64url")}`)).toBe(false);
    const nones = ["none", "None", "NONE", "nOnE", ""].map((alg): [string, string] => [
      `of the algorithm ${JSON.stringify(alg)}`,
      `${input({ header: { alg } })}.`,
    ]);
    await refuses(scheme, {
      ...Object.fromEntries(nones),
      empty: "",
      dots: "..",
      "without a signature": `${head}.${middle}.`,
      "of two parts": `${head}.${middle}`,
      "of four parts": `${hs()}.x`,
      "of five parts": `${hs()}.x.y`,
      "with white space": `${head}. ${middle}.${last}`,
      padded: `${head}.${middle}.${last}=`,
      "in another alphabet": `${head}.${middle}.${Buffer.from(last, "base64url").toString("base64")}`,
      "with bits beyond its last byte": `${head}.${middle}.${last.replace(/.$/, (sign) => String.fromCharCode(sign.charCodeAt(0) + 1))}`,
      "of another secret": hs({}, "another"),
      "of another hash under its own name": hs({ header: { alg: "HS512" } }, SECRET, "sha512"),
      "of another hash under the name of this one": hs({}, SECRET, "sha512"),
      "whose algorithm is no text": hs({ header: { alg: ["HS256"] } }),
      "without an algorithm": hs({ header: {} }),
      "with a demand that nobody knows": hs({ header: { alg: "HS256", crit: ["x"], x: 1 } }),
      "of a payload that is not encoded": hs({ header: { alg: "HS256", b64: false, crit: ["b64"] } }),
      "with its key along": hs({ header: { alg: "HS256", jwk: { kty: "oct", k: part("mine") } } }, "mine"),
      "that is over": hs({ payload: { ...claims, exp: at - 400 } }),
      "that is over in words": hs({ payload: { ...claims, exp: "tomorrow" } }),
      "that never ends": hs({ payload: { iat: at } }),
      "that ends at null": hs({ payload: { ...claims, exp: null } }),
      "that was made long ago": hs({ payload: { ...claims, iat: at - 4_000 } }),
      "that will be made": hs({ payload: { ...claims, iat: at + 4_000 } }),
      "that is not valid yet": hs({ payload: { ...claims, nbf: at + 4_000 } }),
      "whose payload is a list": hs({ payload: [claims] }),
      "whose payload is a text": hs({ payload: '"x"' }),
      "whose payload is no JSON": hs({ payload: "{" }),
      "whose header is no JSON": hs({ header: "{" }),
      "whose header is null": hs({ header: "null" }),
    });
  });

  it("by a public key takes no secret made of that key, and no other one", async () => {
    const publicPem = pem(rsa.publicKey);
    const made = { header: { alg: "RS256" } };
    const signed = (key: KeyObject, hash = "sha256"): string =>
      `${input(made)}.${signBytes(hash, Buffer.from(input(made)), key).toString("base64url")}`;
    expect(await takes(demands("RS256"), signed(rsa.privateKey), publicPem)).toBe(true);
    await refuses(
      demands("RS256"),
      {
        "HS256 by the public key as text": hs({}, publicPem),
        "HS256 by the public key as text, under the name of RS256": hs(made, publicPem),
        "HS256 by the public key as DER": hs({}, rsa.publicKey.export({ type: "spki", format: "der" })),
        none: `${input({ header: { alg: "none" } })}.`,
        "RS256 of another key": signed(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey),
        "RS256 by SHA-1": signed(rsa.privateKey, "sha1"),
        "another algorithm's name": signed(rsa.privateKey).replace(part(made.header), part({ alg: "PS256" })),
      },
      publicPem,
    );
    const es = { header: { alg: "ES256" } };
    const zeros = Buffer.alloc(64).toString("base64url");
    const real = signBytes("sha256", Buffer.from(input(es)), {
      key: ec.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    expect(
      await takes(demands("ES256"), `${input(es)}.${real.toString("base64url")}`, pem(ec.publicKey)),
    ).toBe(true);
    await refuses(
      demands("ES256"),
      {
        "r = s = 0": `${input(es)}.${zeros}`,
        "in DER": `${input(es)}.${signBytes("sha256", Buffer.from(input(es)), ec.privateKey).toString("base64url")}`,
        ...Object.fromEntries(
          Object.entries(reshaped(real)).map(([what, wrong]) => [
            what,
            `${input(es)}.${wrong.toString("base64url")}`,
          ]),
        ),
      },
      pem(ec.publicKey),
    );
  });
});
