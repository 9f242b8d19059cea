/** The page of all providers, made of their records. Pure but for reading the catalogue. */
import { listProviders } from "../providers/catalogue.ts";
import type { Provider } from "../providers/provider.ts";
import { sampleTypes } from "../providers/samples.ts";

/** The page's text: one line a provider, with what a reader chooses by. */
export function providersPage(note: string): string {
  const all = listProviders();
  const confirmed = all.filter(({ confidence }) => confidence === "confirmed").length;
  const lines = [
    note,
    "# Providers",
    "",
    `${all.length} senders of webhooks that a source can name. \`signalbox providers <id>\` tells how to set one up,`,
    "`signalbox add source <id>` writes its file. What is not here needs no code either: a source may have a `verify` of its",
    "own ([scheme.md](reference/scheme.md)), and a new record is one file ([provider.md](reference/provider.md)).",
    "",
    `Confidence: ${confirmed} are **confirmed**, that is read in the provider's own documentation or code, or in two`,
    "independent sources; the others come **from one source**: look at the first delivery before you rely on them.",
    "",
    "| provider | name | verified by | confidence | handshake | batches | samples |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...all.map(line),
    "",
  ];
  return lines.join("\n");
}

function line(provider: Provider): string {
  const { id, name, docs, schemes, confidence, handshake = [], batch } = provider;
  const title = docs === undefined ? name : `[${name}](${docs})`;
  const kinds = [...new Set(schemes.map(({ scheme }) => kindOf(scheme)))].join(", ");
  const cells = [
    `\`${id}\``,
    title,
    kinds,
    confidence,
    handshake.length > 0 ? "yes" : "",
    batch === undefined ? "" : `\`${batch.items}\``,
    String(sampleTypes(id).length || ""),
  ];
  return `| ${cells.join(" | ").replaceAll("\n", " ")} |`;
}

function kindOf({ kind, algorithm = "sha256", jwt, key }: Provider["schemes"][number]["scheme"]): string {
  const fetched = key?.fetch === undefined ? "" : ", key fetched";
  switch (kind) {
    case "hmac":
      return `HMAC-${algorithm.toUpperCase()}`;
    case "digest":
      return `${algorithm.toUpperCase()} with the secret inside`;
    case "jwt":
      return `JWT ${jwt!.algorithm}${fetched}`;
    case "shared-token":
      return "token";
    case "basic":
      return "basic";
    case "none":
      return "unsigned";
    default:
      return kind.toUpperCase() + fetched;
  }
}
