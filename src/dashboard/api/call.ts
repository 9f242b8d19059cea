/** One call of the operator's API. What fails is a problem with its fix, whatever failed. */

/** RFC 9457, with what this router adds. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
  /** Leads to the code's page. */
  readonly type?: string;
  /** Leads to the part of the schema that was not satisfied. */
  readonly schema?: string;
}

/** Thrown by `call`, always. */
export class CallFailure extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

let csrf: string | undefined;
let whenRefused: (() => void) | undefined;

/** Sent as `x-csrf-token` with every call that changes something; comes with the session. */
export function useCsrf(token: string | undefined): void {
  csrf = token;
}

/** `heard` is called when the API says that nobody is logged in any more. */
export function onLoggedOut(heard: () => void): void {
  whenRefused = heard;
}

/** The path below /api/v1 with its query; what is undefined or empty is left out. */
export function apiPath(path: string, query: Query = {}): string {
  const search = searchOf(query);
  return `/api/v1/${path.replace(/^\//, "")}${search}`;
}

/** `?a=b`, or nothing. */
export function searchOf(query: Query): string {
  const pairs = Object.entries(query)
    .filter(([name, value]) => value !== undefined && (value !== "" || name === "value") && value !== false)
    .map(([name, value]) => [name, String(value)]);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

/** Calls the API and answers with its JSON (undefined with 204). Throws CallFailure. */
export async function call<T = undefined>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  { query, body, signal }: CallOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf !== undefined) headers["x-csrf-token"] = csrf;
  const answer = await fetch(apiPath(path, query), {
    method,
    headers,
    credentials: "same-origin",
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new CallFailure(UNREACHABLE);
  });
  if (!answer.ok) {
    const problem = await problemOf(answer);
    if (answer.status === 401 && path !== "session" && problem.code === "ADMIN_LOGIN_NEEDED") whenRefused?.();
    throw new CallFailure(problem);
  }
  if (answer.status === 204) return undefined as T;
  return (await answer.json().catch(() => {
    throw new CallFailure({ ...UNREACHABLE, detail: "The router's answer did not arrive whole." });
  })) as T;
}

const UNREACHABLE: Problem = {
  title: "The router does not answer",
  status: 0,
  code: "UNREACHABLE",
  detail: "The call got no answer from the router.",
  fix: "See whether the router runs and whether this machine reaches its operator's port; the page tries again by itself.",
};

async function problemOf(answer: Response): Promise<Problem> {
  const told = (await answer.json().catch(() => undefined)) as Partial<Problem> | undefined;
  return {
    title: told?.title ?? `The router answered ${answer.status}`,
    status: answer.status,
    code: told?.code ?? `HTTP_${answer.status}`,
    detail: told?.detail ?? "The answer says nothing more.",
    fix: told?.fix ?? "Look at the router's log of this moment.",
    ...(told?.type !== undefined && { type: told.type }),
    ...(told?.schema !== undefined && { schema: told.schema }),
  };
}

/** The problem in whatever was thrown. */
export function problemIn(error: unknown): Problem {
  if (error instanceof CallFailure) return error.problem;
  return {
    title: "The page failed",
    status: 0,
    code: "PAGE_FAILED",
    detail: error instanceof Error ? error.message : String(error),
    fix: "Load the page again; if it happens again, report it with the steps that led here.",
  };
}
