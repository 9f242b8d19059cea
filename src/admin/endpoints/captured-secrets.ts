/** Secrets that providers handed over: shown to an admin who must type one in on the provider's side, and forgotten. */
import { SignalboxError } from "../../core/errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { capturedSecret, forgottenSecret } from "../shapes/settings.ts";
import type { Watched } from "../watched.ts";

export function capturedSecretEndpoints({
  workspace,
  captured,
}: Pick<Watched, "workspace" | "captured">): readonly Endpoint[] {
  const sourceOf = (name = ""): string => {
    if (workspace().sources.has(name)) return name;
    throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no source of this name.");
  };
  return [
    {
      method: "POST",
      path: "/api/v1/sources/:name/secret/reveal",
      tag: "Workspace",
      summary:
        "The secret that the source's provider handed over, for providers that want it typed in on their side",
      scope: "admin",
      audit: "secret.revealed",
      reply: capturedSecret,
      answer: async ({ parameters }) => {
        const source = sourceOf(parameters["name"]);
        const [secret] = await captured.of(source);
        if (secret === undefined)
          throw new SignalboxError("ADMIN_NAME_UNKNOWN", "No secret has been handed over to this source.");
        return { source, secret };
      },
    },
    {
      method: "POST",
      path: "/api/v1/sources/:name/secret/forget",
      tag: "Workspace",
      summary: "Forgets that secret: the source is pending again, and takes the next one that is handed over",
      scope: "admin",
      audit: "secret.forgotten",
      reply: forgottenSecret,
      answer: async ({ parameters }) => {
        const source = sourceOf(parameters["name"]);
        return { source, forgotten: await captured.forget(source) };
      },
    },
  ];
}
