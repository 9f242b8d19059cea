/** Who may decide on a hold, and what makes another request of one. */
import { expect, it } from "vitest";
import { differenceOf, hashOfRequest, whyNot, type ShownRequest } from "../../src/core/hold.ts";
import { scopesOf, type Caller, type Role } from "../../src/core/role.ts";

const caller = (name: string, role: Role, more: Partial<Caller> = {}): Caller => ({
  ...{ kind: "session", id: `usr_${name}`, name, role, scopes: scopesOf(role), person: `usr_${name}` },
  ...more,
});
const terms = { selfApproval: false, causedBy: ["Carl"] };

it("lets any operator decide where nobody is named, and nobody else", () => {
  expect(whyNot(terms, caller("ann", "operator"))).toBeUndefined();
  expect(whyNot(terms, caller("root", "admin"))).toBeUndefined();
  expect(whyNot(terms, caller("vera", "author"))).toContain("scope `operate`");
  expect(whyNot(terms, caller("ann", "operator", { scopes: ["read"] }))).toContain("scope `operate`");
});

it("takes a reviewer for a role or a name, whatever its case", () => {
  const named = { ...terms, reviewers: ["Ann"] };
  expect(whyNot(named, caller("ann", "operator"))).toBeUndefined();
  expect(whyNot(named, caller("root", "admin"))).toBe("root is none of its reviewers: Ann.");
  const role = { ...terms, reviewers: ["operator"] };
  expect(whyNot(role, caller("root", "admin"))).toBeUndefined();
  expect(whyNot({ ...terms, reviewers: ["admin"] }, caller("ben", "operator"))).toContain(
    "none of its reviewers",
  );
});

it("keeps out who caused it, unless the gate lets him, and whoever acts as somebody else", () => {
  expect(whyNot(terms, caller("carl", "operator"))).toContain("carl caused it");
  expect(whyNot({ ...terms, selfApproval: true }, caller("carl", "operator"))).toBeUndefined();
  const acting = caller("ann", "operator", { impersonator: { id: "usr_root", name: "root" } });
  expect(whyNot({ ...terms, selfApproval: true }, acting)).toBe("Who acts as somebody else decides nothing.");
});

it("makes another hash of another method, URL, header or body, and the same of another order of headers", () => {
  const request: ShownRequest = {
    ...{ method: "POST", url: "https://a.example/", headers: { a: "1", b: "2" }, bytes: 2, sha256: "00" },
  };
  const hash = hashOfRequest(request);
  const others: [Partial<ShownRequest>, string][] = [
    [{ method: "PUT" }, "method"],
    [{ url: "https://a.example/x" }, "URL"],
    [{ headers: { a: "1", b: "3" } }, "headers"],
    [{ sha256: "01" }, "body"],
  ];
  for (const [change, what] of others) {
    expect(hashOfRequest({ ...request, ...change })).not.toBe(hash);
    expect(differenceOf(request, { ...request, ...change })).toBe(what);
  }
  expect(hashOfRequest({ ...request, headers: { b: "2", a: "1" } })).toBe(hash);
  expect(differenceOf(request, { ...request, headers: { b: "2", a: "1" } })).toBe("");
});
