/** Where the search field leads: an id to its page, everything else to the list that shows it. */
import { placeOf, typed } from "../pages/events-filter.ts";

/** The page that shows what was typed. */
export function whereTo(text: string): string | undefined {
  const word = text.trim();
  if (word === "") return undefined;
  if (/^evt_[0-9a-z]{26}$/i.test(word)) return `/events/${word}`;
  if (/^dlv_[0-9a-z]{34}$/i.test(word)) return `/deliveries/${word}`;
  return placeOf("/events", typed(word));
}
