import { afterEach, expect, it } from "vitest";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";

const http = loopbackHttp();
let jenkins: TargetServer;

afterEach(() => jenkins.close());

/** Jenkins as its documentation has it: a crumb belongs to the session that fetched it, and a POST without one is refused. */
async function aJenkins(): Promise<{ crumbs: string[]; restart(): void }> {
  const sessions = new Map<string, string>();
  const crumbs: string[] = [];
  jenkins = await aTarget((arrival, response) => {
    const expected = `Basic ${Buffer.from("ada:t0ken").toString("base64")}`;
    if (arrival.headers["authorization"] !== expected) return void response.writeHead(401).end();
    if (arrival.path.startsWith("/crumbIssuer/")) {
      const session = `JSESSIONID.${sessions.size}a=node${crumbs.length}`;
      const crumb = `crumb-${crumbs.length}`;
      crumbs.push(crumb);
      sessions.set(session, crumb);
      const cookie = ["other=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT", `${session}; Path=/; HttpOnly`];
      return void response
        .writeHead(200, { "set-cookie": cookie, "content-type": "application/json" })
        .end(JSON.stringify({ crumb, crumbRequestField: "Jenkins-Crumb" }));
    }
    const known = sessions.get(arrival.headers["cookie"] ?? "");
    if (known === undefined || known !== arrival.headers["jenkins-crumb"])
      return void response.writeHead(403).end("No valid crumb was included in the request");
    response.writeHead(200).end(`took ${known}`);
  });
  return { crumbs, restart: () => sessions.clear() };
}

const yaml = (): string =>
  `url: ${jenkins.url}/job/deploy/build\nauth: { type: jenkins, user: ada, token: "\${TOKEN}", crumbUrl: "${jenkins.url}/crumbIssuer/api/json" }\n`;

it("a crumb is fetched with its session, used for many calls, and fetched anew when Jenkins was restarted", async () => {
  const { crumbs, restart } = await aJenkins();
  const { workspace } = await loadTargetYaml(yaml(), { TOKEN: "t0ken" });
  const statuses: unknown[] = [];
  for (const nth of [1, 2, 3]) statuses.push((await attemptOn(workspace, { nth }, http)).attempt.status);
  expect(crumbs).toHaveLength(1);
  restart();
  const { attempt } = await attemptOn(workspace, {}, http);
  statuses.push(attempt.status);
  expect(statuses).toEqual([200, 200, 200, 200]);
  expect(crumbs).toHaveLength(2);
  expect(attempt.answer).toBe("took [removed]");
});

it("a wrong password is a dead letter that says so", async () => {
  await aJenkins();
  const { workspace } = await loadTargetYaml(yaml(), { TOKEN: "another" });
  const { attempt, result } = await attemptOn(workspace, {}, http);
  expect([attempt.error?.code, result]).toEqual(["FORWARD_CREDENTIAL_REFUSED", "dead"]);
});

it("a Jenkins without crumbs is called without one", async () => {
  jenkins = await aTarget((arrival, response) => {
    response.writeHead(arrival.path.startsWith("/crumbIssuer/") ? 404 : 201).end();
  });
  const { workspace } = await loadTargetYaml(yaml(), { TOKEN: "t0ken" });
  expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(201);
  expect(jenkins.arrivals.at(-1)!.headers["jenkins-crumb"]).toBeUndefined();
});
