/** Who is logged in, and what he may do. The server decides; this only keeps from offering what it would refuse. */
import { signal } from "@preact/signals";
import type { Scope } from "../../core/role.ts";
import type { Me } from "../../admin/shapes/people.ts";
import { CallFailure, call, onLoggedOut, problemIn, useCsrf, type Problem } from "../api/call.ts";

/** "asking" until the first answer; "nobody" when a log-in is needed; a problem when the router does not answer. */
export const session = signal<Me | "asking" | "nobody" | Problem>("asking");

onLoggedOut(() => {
  useCsrf(undefined);
  session.value = "nobody";
});

/** Asks who is logged in. */
export async function readSession(): Promise<void> {
  try {
    const me = await call<Me>("GET", "session");
    useCsrf(me.csrf);
    session.value = me;
  } catch (error) {
    const unknown = error instanceof CallFailure && error.problem.status === 401;
    session.value = unknown ? "nobody" : problemIn(error);
  }
}

/** Ends the session, here and on the router. */
export async function logOut(): Promise<void> {
  await call("DELETE", "session");
  useCsrf(undefined);
  session.value = "nobody";
}

/** The person, where one is logged in. */
export function me(): Me | undefined {
  const value = session.value;
  return typeof value === "object" && "scopes" in value ? value : undefined;
}

/** Whether the person holds a scope. */
export function may(scope: Scope): boolean {
  return me()?.scopes.includes(scope) ?? false;
}
