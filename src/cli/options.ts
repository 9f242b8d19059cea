/** What every command may be given, and the settings that come of it. */
import { readSettings, type Settings } from "../settings.ts";

/** Options that every command has. */
export interface Common {
  readonly dir?: string;
}

/** Settings from the environment; `--dir` wins over SIGNALBOX_DIR. Throws SETTING_INVALID. */
export function settingsOf({ dir }: Common): Settings {
  return readSettings(process.env, dir === undefined ? {} : { dir });
}
