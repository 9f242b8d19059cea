/** `npm run generate`, second half: writes the reference pages of the API and of the settings into the repository that it stands in. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { settingsPage } from "../settings.ts";
import { apiReference, listedEndpoints } from "./reference.ts";

for (const [name, text] of [
  ["api", apiReference(listedEndpoints())],
  ["settings", settingsPage()],
] as const) {
  // The same path from src/ and from dist/.
  const page = new URL(`../../docs/reference/${name}.md`, import.meta.url);
  writeFileSync(fileURLToPath(page), text);
}
