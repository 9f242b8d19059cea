/** tag: what an event can be found by, as its source and the routes that take it declare. Never refuses an event. */
import { detailOf } from "../core/errors.ts";
import type { Event, TagValue } from "../core/event.ts";
import { MAX_TAGS, tagValueOf } from "../core/tags.ts";
import type { Log } from "../ports.ts";
import type { Tag } from "../rules/workspace.ts";

/** The event with its tags. One that fails is left out and told; one that yields nothing is left out. */
export async function tagged(event: Event, tags: readonly Tag[], log: Log): Promise<Event> {
  if (tags.length === 0) return event;
  const found: Record<string, TagValue> = {};
  let count = 0;
  for (const { name, expression } of tags) {
    const value = await valueOf(name, expression, event, log);
    if (value === undefined || name in found) continue;
    if (++count > MAX_TAGS) break;
    found[name] = value;
  }
  return count === 0 ? event : Object.assign({}, event, { tags: found });
}

async function valueOf(
  name: string,
  expression: Tag["expression"],
  { context, payload }: Event,
  log: Log,
): Promise<TagValue | undefined> {
  const line = { event: context.id, source: context.source, tag: name };
  try {
    const yielded = await expression.evaluate(payload, context);
    if (yielded === undefined || yielded === null) return undefined;
    const value = tagValueOf(yielded);
    if (value === undefined)
      log.warn(
        {
          ...line,
          detail: "A tag is text of at most 200 characters, a number, true or false, or up to 8 of them.",
        },
        "event.untagged",
      );
    return value;
  } catch (error) {
    log.warn({ ...line, detail: detailOf(error) }, "event.untagged");
    return undefined;
  }
}
