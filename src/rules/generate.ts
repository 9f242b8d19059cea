/** `npm run generate`: writes the reference pages and editor schemas into the repository that it stands in. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles } from "./reference.ts";

// The same path from src/ and from dist/.
const root = new URL("../../", import.meta.url);

for (const [path, text] of generatedFiles()) {
  const file = fileURLToPath(new URL(path, root));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
