/** Passwords as scrypt keeps them. Slow on purpose, off the event loop, and at most two at a time: 32 MB each. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { SignalboxError } from "../../core/errors.ts";
import { passwordFault } from "../../core/password.ts";

/** N = 2^15, r = 8, p = 3: as hard as N = 2^17, p = 1 at a quarter of the memory. OWASP Password Storage Cheat Sheet. */
const COST = { log2N: 15, r: 8, p: 3 };
const AT_ONCE = 2;
/** More than so many that wait are refused: they would wait for longer than a person does. */
const WAITING = 30;
const BYTES = 32;

let running = 0;
const waiting: (() => void)[] = [];

/** What is kept of a password: `scrypt$15$8$3$<salt>$<key>`. Throws ADMIN_PASSWORD_UNFIT, ADMIN_TRIES_EXCEEDED. */
export async function keepPassword(password: string, name: string): Promise<string> {
  const fault = passwordFault(password, name);
  if (fault !== undefined) throw new SignalboxError("ADMIN_PASSWORD_UNFIT", fault);
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  const { log2N, r, p } = COST;
  return `scrypt$${log2N}$${r}$${p}$${salt.toString("base64")}$${key.toString("base64")}`;
}

const NOBODY = `scrypt$${COST.log2N}$${COST.r}$${COST.p}$${Buffer.alloc(16).toString("base64")}$${Buffer.alloc(BYTES).toString("base64")}`;

/** True for the password that was kept. Where nothing was kept it takes just as long, and is false. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [, log2N, r, p, salt = "", key = ""] = (kept ?? NOBODY).split("$");
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, "base64"), cost);
  return timingSafeEqual(derived, Buffer.from(key, "base64")) && kept !== undefined;
}

async function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING)
      throw new SignalboxError("ADMIN_TRIES_EXCEEDED", "Too many people log in at this moment.", {
        retryAfterSeconds: 5,
      });
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running++;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const { log2N, r, p } = cost;
      const options = { N: 2 ** log2N, r, p, maxmem: 256 * 2 ** log2N * r };
      scrypt(password.normalize("NFKC"), salt, BYTES, options, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    running--;
    waiting.shift()?.();
  }
}
