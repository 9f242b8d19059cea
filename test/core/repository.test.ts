/** `SIGNALBOX_RULES`: what is a repository, and what of it may be shown. */
import { expect, it } from "vitest";
import { readRepository, shownRepository } from "../../src/core/repository.ts";

it("reads repository, ref and folder, each but the first optional", () => {
  expect(readRepository("git+https://host/rules.git#main:prod/eu")).toEqual({
    url: "https://host/rules.git",
    ref: "main",
    folder: "prod/eu",
  });
  expect(readRepository("git+ssh://git@host/rules.git#v1.2")).toMatchObject({ ref: "v1.2", folder: "" });
  expect(readRepository("git+file:///srv/rules.git")).toMatchObject({ ref: "HEAD", folder: "" });
  expect(readRepository("git+file:///srv/rules.git#:prod")).toMatchObject({ ref: "HEAD", folder: "prod" });
});

it.each([
  "https://host/rules.git",
  "git+ext::sh -c touch% /tmp/x",
  "git+--upload-pack=x",
  "git+https://host/rules.git#--upload-pack=touch",
  "git+https://host/rules.git#main:../../etc",
  "git+https://host/rules.git#main:/etc",
  "git+https://host/rules.git#main:.git/hooks",
  "git+https://host/rules.git#a b",
  "",
])("refuses %j with what was expected", (text) => {
  expect(readRepository(text)).toBeTypeOf("string");
});

it("shows neither user nor password", () => {
  const repository = readRepository("git+https://ada:s3cr3t@host/rules.git#main:prod");
  expect(shownRepository(repository as never)).toBe("git+https://host/rules.git#main:prod");
});
