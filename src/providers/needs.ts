/** What a source must be given besides its provider's name: a secret, values of `config`, the URL that is signed. */
import type { Provider } from "./provider.ts";
import { credentialProblem } from "./verify.ts";

/** True where nothing is verified without a secret. */
export function needsSecret(provider: Provider): boolean {
  const config = Object.fromEntries(neededConfig(provider).map((key) => [key, key]));
  const { scheme } = provider.schemes[0]!;
  return credentialProblem(scheme, { secrets: [], config, url: "https://x" })?.includes("secrets") === true;
}

/** The names in `config` without which nothing can be verified or answered. */
export function neededConfig({ schemes, handshake = [] }: Provider): string[] {
  const { scheme } = schemes[0]!;
  const text = JSON.stringify([scheme, handshake]);
  const tokens = [...text.matchAll(/\{config:([^{}|"]+)\}|"config":"([^"]+)"/g)].map(
    ([, token, plain]) => token ?? plain!,
  );
  return [...new Set(tokens)];
}

/** True where the provider signs the URL that it was given. */
export function signsUrl({ schemes }: Provider): boolean {
  return (
    /\{url/.test(JSON.stringify(schemes[0]!.scheme)) || /"of":"url"/.test(JSON.stringify(schemes[0]!.scheme))
  );
}
