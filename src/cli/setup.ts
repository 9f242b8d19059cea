/** How to set up a provider: what to do on its side, and the source's file, ready to be filled in. */
import type { Provider } from "../providers/provider.ts";
import { neededConfig, needsSecret, signsUrl } from "../providers/needs.ts";

/** The YAML of a source of this provider: variables for what is secret, remarks for what must be known. */
export function sourceYaml(provider: Provider, name: string): string {
  const variable = name.toUpperCase().replaceAll("-", "_");
  const lines = [
    "# yaml-language-server: $schema=../docs/schemas/source.schema.json",
    `# ${provider.name}: post to /hooks/${name}.${provider.docs === undefined ? "" : ` ${provider.docs}`}`,
    `provider: ${provider.id}`,
  ];
  const { scheme } = provider.schemes[0]!;
  const handsOver = provider.handshake?.some(({ capture }) => capture !== undefined) === true;
  const needed = neededConfig(provider);
  for (const line of wrap(provider.secretHint)) lines.push(`# ${line}`);
  if (needsSecret(provider) && !handsOver) lines.push(`secrets: ["\${${variable}_SECRET}"]`);
  const optional = Object.keys(provider.config ?? {}).filter((key) => !needed.includes(key));
  if (needed.length > 0) lines.push("config:");
  for (const key of needed) {
    lines.push(`  # ${provider.config?.[key] ?? key}`, `  ${key}: "\${${variable}_${snake(key)}}"`);
  }
  for (const key of optional) lines.push(`# config: { ${key}: … }   ${provider.config![key]}`);
  if (signsUrl(provider))
    lines.push("# The URL exactly as it is registered: it is signed.", `url: "\${${variable}_URL}"`);
  if (scheme.kind === "none") lines.push("allowUnsigned: true");
  if (provider.batch !== undefined) lines.push("# split: true   takes the events of a request one by one");
  return `${lines.join("\n")}\n`;
}

/** What to do on the provider's side, in order. */
export function setupSteps(provider: Provider, url: string): string[] {
  const { setup, secretHint, handshake = [], unsure = [] } = provider;
  const doubt = unsure.includes("setup") ? " (Not from a good source: its pages may look different.)" : "";
  const register =
    setup === undefined
      ? `Register ${url} as the URL of the webhook${inQuery(provider)}.`
      : `${setup.replaceAll("{url}", url)}${doubt}`;
  const steps = [register, secretHint];
  if (signsUrl(provider))
    steps.push("Put the URL, exactly as registered, into the source's `url`: it is signed.");
  if (handshake.length > 0)
    steps.push(
      "It asks first whether the URL is yours; the router answers. Rehearse it: `signalbox handshake <source>`.",
    );
  if (handshake.some(({ capture }) => capture !== undefined))
    steps.push("Add the source before you register the URL: the secret comes in the first request.");
  return steps;
}

/** The headers that it sends and that are looked at. */
export function headersOf({ schemes, delivery, type }: Provider): string[] {
  const text = JSON.stringify([schemes, delivery, type]);
  const names = [...text.matchAll(/header:([\w.-]+|\{config:[^{}|]+\|([\w.-]+)\})/g)].map(
    ([, name, usual]) => usual ?? name!,
  );
  return [...new Set(names)].sort();
}

function inQuery({ schemes }: Provider): string {
  const { from } = schemes[0]!.scheme;
  const [place] = [from ?? ""].flat();
  const name = /^query:(?:\{config:\w+\|)?([\w-]+)/.exec(place!)?.[1];
  return name === undefined ? "" : `, with the token in it: ?${name}=…`;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, "_$&").toUpperCase();
}

function wrap(text: string): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length > 110) lines.push(word);
    else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines;
}
