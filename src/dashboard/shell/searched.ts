/** Where the search field leads: a whole id to its page, everything else to the search of events. */
import { searchOf } from "../api/call.ts";
import { queryOf, typed } from "../pages/events-filter.ts";

/** The page that shows what was typed; undefined for nothing. */
export function whereTo(text: string): string | undefined {
  const sought = text.trim();
  if (sought === "") return undefined;
  if (/^evt_[0-9a-z]{26}$/i.test(sought)) return `/events/${sought}`;
  if (/^dlv_[0-9a-z]{34}$/i.test(sought)) return `/deliveries/${sought}`;
  return `/events${searchOf(queryOf(typed(sought)))}`;
}
