import { describe, expect, it } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { tagValueOf } from "../../src/core/tags.ts";
import { dispatch } from "../../src/pipeline/dispatch.ts";
import type { Store } from "../../src/ports.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { anEvent } from "../helpers/history.ts";
import { aLog } from "../helpers/log.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";

const route = goodFiles["routes/push.yaml"] as string;
const source = goodFiles["sources/github.yaml"] as string;

/** What is stored of an event whose source and route declare tags. */
async function tagsOf(
  ofSource: string,
  ofRoute: string,
  body: unknown,
  parts: { type?: string; quarantined?: boolean } = {},
) {
  const dir = aGoodWorkspace({
    "sources/github.yaml": `${source}tags: ${ofSource}\n`,
    "routes/push.yaml": `${route}tags: ${ofRoute}\n`,
  });
  const { workspace, problems } = await loadWorkspace(dir, {});
  expect(problems).toEqual([]);
  const stored: Event[] = [];
  const store: Pick<Store, "commit"> = {
    commit: (event) => {
      stored.push(event);
      return Promise.resolve({ kind: "stored" });
    },
  };
  const log = aLog();
  const event = anEvent(Date.now(), { body, type: parts.type ?? "push" });
  const reopen = () => Promise.reject(new Error("Nothing here is known twice."));
  const accepted = {
    event,
    ...(parts.quarantined === true && { quarantine: "it is held against a schema" }),
  };
  const repetitions = { note: () => undefined };
  await dispatch([accepted], workspace!, { store: store as Store, log, reopen, repetitions });
  return { tags: stored[0]?.tags, log };
}

describe("an event's tags", () => {
  it("are what its source and the routes that take it declare, evaluated on the body and $event", async () => {
    const body = {
      ref: "main",
      repository: { full_name: "acme/shop" },
      commits: [{ id: "a" }, { id: "b" }],
      size: 3,
    };
    const ofSource = "{ repository: repository.full_name, commits: commits.id, kind: $event.type }";
    const { tags, log } = await tagsOf(ofSource, "{ size: size, big: size > 2 }", body);
    expect(tags).toEqual({ repository: "acme/shop", commits: ["a", "b"], kind: "push", size: 3, big: true });
    expect(log.lines.map(({ step }) => step)).toEqual(["event.accepted"]);
  });

  it("are those of the source alone where no route takes the event, or it is quarantined", async () => {
    const of = (parts: object) => tagsOf("{ a: ref }", "{ b: ref }", { ref: "x" }, parts);
    expect((await of({ type: "issues" })).tags).toEqual({ a: "x" });
    expect((await of({ quarantined: true })).tags).toEqual({ a: "x" });
  });

  it("leave out what is missing, silently, and what fails or is no tag, with a line that holds no value", async () => {
    const secret = "s3cr3t".repeat(50);
    const body = {
      ref: "x",
      long: secret,
      object: { secret },
      list: Array.from({ length: 9 }, () => secret),
    };
    const declared = `{ ok: ref, gone: nothing.here, fails: $number(long), long: long, object: object, list: list, none: "null" }`;
    const { tags, log } = await tagsOf(declared, "{}", body);
    expect(tags).toEqual({ ok: "x" });
    expect(
      log.lines.filter(({ step }) => step === "event.untagged").map(({ fields }) => fields["tag"]),
    ).toEqual(["fails", "long", "object", "list"]);
    expect(log.text()).not.toContain("s3cr3t");
  });

  it("are at most sixteen", async () => {
    const names = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, at) => `t${from + at}: ref`).join(", ");
    const { tags } = await tagsOf(`{ ${names(0, 12)} }`, `{ ${names(10, 26)} }`, { ref: "x" });
    expect(Object.keys(tags!)).toEqual(Array.from({ length: 16 }, (_, at) => `t${at}`));
  });
});

it("a tag's value is text, a number, true or false, or up to eight of them", () => {
  for (const right of ["a", 0, -1.5, false, ["a", 1, true], "x".repeat(200)])
    expect(tagValueOf(right)).toEqual(right);
  for (const wrong of ["", "x".repeat(201), null, {}, [], [[]], [null], Array(9).fill("a"), NaN])
    expect(tagValueOf(wrong)).toBeUndefined();
});
