/** `npm run generate`, second half: writes the API's reference page into the repository that it stands in. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiReference, listedEndpoints } from "./reference.ts";

// The same path from src/ and from dist/.
const page = new URL("../../docs/reference/api.md", import.meta.url);

writeFileSync(fileURLToPath(page), apiReference(listedEndpoints()));
