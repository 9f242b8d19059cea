/** Where the search field leads: an id to its page, everything else to the search of events. */
import { searchOf } from "../api/call.ts";

/** The page that shows what was typed. */
export function whereTo(typed: string): string | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  if (/^evt_[0-9a-z]{26}$/i.test(text)) return `/events/${text}`;
  if (/^dlv_[0-9a-z]{34}$/i.test(text)) return `/deliveries/${text}`;
  if (/^[a-zA-Z][\w-]{0,31}:[^/]/.test(text)) return `/events${searchOf({ tag: text })}`;
  const [, path, value] = /^([$\w.[\]"'-]+)\s*=\s*(.+)$/.exec(text) ?? [];
  if (path !== undefined) return `/events${searchOf({ path, value })}`;
  return `/events${searchOf({ providerId: text })}`;
}
