/** Encryption of what must be read again (secrets of one-time codes, captured secrets, quarantine): AES-256-GCM under a key of the settings or the data folder. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { constants, copyFile, link, mkdir, open, readFile, rm } from "node:fs/promises";
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
        if (cause instanceof SignalboxError) throw cause;
        const detail = "What the store keeps encrypted does not open.";
        throw new SignalboxError("ADMIN_SECRET_KEY_WRONG", detail, { cause });
      }
    },
  };
}

/** The folder's key. Of several processes that begin at once, one makes it and all read the same. */
async function keyOfFolder(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, "secret.key");
  const present = await readKey(file);
  if (present !== undefined) return present;
  // Written whole beside it, then linked: nobody ever reads a key that is half there.
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(32).toString("hex")}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await placeNew(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readKey(file);
  if (made === undefined) throw new Error(`${file} was removed while it was made.`);
  return made;
}

/** Undefined where there is none. Throws ADMIN_SECRET_KEY_WRONG for a file that holds none: nothing is encrypted by an empty key. */
async function readKey(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (text !== "") return text;
  throw new SignalboxError("ADMIN_SECRET_KEY_WRONG", "The file secret.key in the data folder is empty.");
}

/** Gives the draft its name unless another has it. Where the file system has no links, it is copied. */
async function placeNew(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw error;
      return copyFile(draft, file, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
