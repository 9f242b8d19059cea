/** What REDIS_URL may say. */
import { describe, expect, it } from "vitest";
import { readStoreUrl } from "../../src/core/store-url.ts";

describe("a store's URL", () => {
  it("names one server", () => {
    expect(readStoreUrl("redis://localhost")).toEqual({
      tls: false,
      addresses: [{ host: "localhost", port: 6379 }],
      database: 0,
    });
    expect(readStoreUrl("rediss://u:p%40ss@redis.example.com:6380/3")).toEqual({
      tls: true,
      username: "u",
      password: "p@ss",
      addresses: [{ host: "redis.example.com", port: 6380 }],
      database: 3,
    });
    expect(readStoreUrl("redis://:p@[::1]:6379")).toMatchObject({
      password: "p",
      addresses: [{ host: "::1" }],
    });
  });

  it("names sentinels and the primary that they know", () => {
    expect(readStoreUrl("redis+sentinel://one,two:26380,[::1]:26381/mymaster")).toEqual({
      tls: false,
      addresses: [
        { host: "one", port: 26379 },
        { host: "two", port: 26380 },
        { host: "::1", port: 26381 },
      ],
      database: 0,
      primary: "mymaster",
    });
    expect(readStoreUrl("rediss+sentinel://u:p@one/main-1.x/2?sentinelPassword=s%26t")).toEqual({
      tls: true,
      username: "u",
      password: "p",
      addresses: [{ host: "one", port: 26379 }],
      database: 2,
      primary: "main-1.x",
      sentinelPassword: "s&t",
    });
  });

  it("names files with certificates where it is spoken to over TLS", () => {
    expect(readStoreUrl("rediss://host?ca=/run/ca.pem&cert=/run/c.pem&key=/run/k.pem")).toMatchObject({
      tls: true,
      files: { ca: "/run/ca.pem", cert: "/run/c.pem", key: "/run/k.pem" },
    });
    expect(readStoreUrl("rediss+cluster://one,two?ca=ca.pem")).toMatchObject({ files: { ca: "ca.pem" } });
  });

  it("names some nodes of a cluster", () => {
    expect(readStoreUrl("redis+cluster://one,two:7001,[::1]:7002")).toEqual({
      tls: false,
      addresses: [
        { host: "one", port: 6379 },
        { host: "two", port: 7001 },
        { host: "::1", port: 7002 },
      ],
      database: 0,
      cluster: true,
    });
    expect(readStoreUrl("rediss+cluster://u:p@one/0")).toMatchObject({
      tls: true,
      username: "u",
      password: "p",
      cluster: true,
    });
  });

  it.each([
    ["redis+cluster://", "some of the cluster's nodes"],
    ["redis+cluster://one,,two", "some of the cluster's nodes"],
    ["redis+cluster://:hunter2@one/3", "the one database 0"],
    ["redis+cluster://one?x=1", "without parameters"],
    ["rediss://host?rejectUnauthorized=false", "no parameters but ca, cert and key"],
    ["rediss://host?cert=/a.pem", "both `cert` and `key`"],
    ["redis://host?ca=/a.pem", "without parameters"],
    ["rediss+sentinel://one/main?x=1", "sentinelUsername, sentinelPassword, ca, cert and key"],
    ["http://host", "begins with redis://"],
    ["nothing", "a URL such as redis://"],
    ["redis://:hunter2@", "a host"],
    ["redis://host:70000", "a URL such as"],
    ["redis://host/x", "a database's number"],
    ["redis://host?rejectUnauthorized=false", "without parameters"],
    ["redis://u:50%@host", "%25"],
    ["redis+sentinel:///mymaster", "the sentinels' hosts"],
    ["redis+sentinel://one,,two/mymaster", "the sentinels' hosts"],
    ["redis+sentinel://one:26379", "the primary's name"],
    ["redis+sentinel://one/mymaster/x", "the primary's name"],
    ["redis+sentinel://one/mymaster?db=2", "no parameters but"],
  ])("such as %s is refused with what was expected", (url, expected) => {
    const said = readStoreUrl(url);
    expect(said).toContain(expected);
    expect(said).not.toContain("hunter2");
  });
});
