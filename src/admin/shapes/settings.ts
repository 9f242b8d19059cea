/** Settings as they are in force, and secrets that were handed over, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { flag, shape, text } from "./shape.ts";

export const settingRow = shape(
  "A setting as it is in force; a secret shows only that it is set.",
  { variable: text, meaning: text, value: text, default: text, secret: flag },
  ["value", "default"],
);
export type SettingRow = FromSchema<typeof settingRow>;

export const capturedSecret = shape("The secret that a source's provider handed over.", {
  ...{ source: text, secret: text },
});

export const forgottenSecret = shape("Whether there was a secret to forget.", {
  ...{ source: text, forgotten: flag },
});
