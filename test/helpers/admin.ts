/** The operator's API of a router that the test has started, as its machine's command line calls it. */
import { compileFormat } from "../../src/core/schema.ts";
import { authorizationOf } from "./router.ts";
import { until } from "./until.ts";

export interface Called<T> {
  readonly status: number;
  readonly json: T;
}

/** Calls `/api/v1<path>`: POST where there is a body, GET otherwise. */
export async function call<T = Record<string, unknown>>(
  admin: string,
  path: string,
  body?: unknown,
): Promise<Called<T>> {
  const known = authorizationOf(admin);
  const response = await fetch(`${admin}/api/v1${path}`, {
    headers: known,
    ...(body !== undefined && {
      method: "POST",
      headers: { ...known, "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, json: (text === "" ? {} : JSON.parse(text)) as T };
}

/** Asks until the answer is as wished; resolves with it. */
export function answers<T = Record<string, unknown>>(
  admin: string,
  path: string,
  wished: (json: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  return until(
    `${path} is as wished`,
    async () => {
      const { status, json } = await call<T>(admin, path);
      return status === 200 && wished(json) && json;
    },
    { withinMs, everyMs: 100 },
  );
}

/** What is wrong with a value by a shape of the API; empty when nothing is. */
export function misfits(shape: object, value: unknown): string[] {
  return compileFormat(shape)(structuredClone(value)).map(({ message }) => message);
}
