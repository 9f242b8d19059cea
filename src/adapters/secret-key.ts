/** Encryption of what must be read again (secrets of one-time codes): AES-256-GCM under a key of the settings or the data folder. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SignalboxError } from "../core/errors.ts";

/** Seals texts for a purpose: what was sealed for one person does not open for another. */
export interface Sealer {
  seal(text: string, purpose: string): Promise<string>;
  /** Throws ADMIN_SECRET_KEY_WRONG where the key or the purpose is another. */
  unseal(sealed: string, purpose: string): Promise<string>;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** By the given key, else by `<dataDir>/secret.key` (mode 0600), which is made when it is first needed. */
export function createSealer(given: string | undefined, dataDir: string): Sealer {
  let known: Promise<Buffer> | undefined;
  const keyOf = (): Promise<Buffer> =>
    (known ??= (given === undefined ? keyOfFolder(dataDir) : Promise.resolve(given)).then(
      (text) => Buffer.from(hkdfSync("sha256", text, "", "signalbox secret key", 32)),
      (error: unknown) => {
        known = undefined;
        throw error;
      },
    ));
  return {
    async seal(text, purpose) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", await keyOf(), nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
    },
    async unseal(sealed, purpose) {
      const bytes = Buffer.from(sealed, "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", await keyOf(), bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new SignalboxError(
          "ADMIN_SECRET_KEY_WRONG",
          "The secret of the one-time codes does not open.",
          {
            cause,
          },
        );
      }
    },
  };
}

async function keyOfFolder(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, "secret.key");
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      const key = randomBytes(32).toString("hex");
      await handle.writeFile(`${key}\n`);
      await handle.sync();
      return key;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await readFile(file, "utf8")).trim();
  }
}
