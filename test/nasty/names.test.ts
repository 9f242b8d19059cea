/** Host names against a real name server on loopback that answers what an attacker's would: private addresses, first a good one and then another, ways around by aliases. */
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns";
import net, { type AddressInfo, type LookupFunction } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHttp } from "../../src/adapters/http/undici.ts";
import { parseRange } from "../../src/core/address.ts";

type Answers = readonly { readonly type: "A" | "AAAA" | "CNAME"; readonly data: string }[];

/** A name server: the nth question about a name (of one type) gets the nth list; the last one from then on. TTL 0. */
async function aNameServer(zone: Readonly<Record<string, readonly Answers[]>>) {
  const asked: string[] = [];
  const socket: Socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = questionOf(query);
    const nth = asked.filter((one) => one === `${name} ${type}`).length;
    asked.push(`${name} ${type}`);
    const lists = zone[name] ?? [];
    const list = lists[Math.min(nth, lists.length - 1)] ?? [];
    const records = list.filter((one) => one.type === type || one.type === "CNAME");
    // What an alias leads to comes along, as servers do.
    const known = records.flatMap((one) =>
      one.type === "CNAME"
        ? [one, ...(zone[one.data]?.[0] ?? []).filter((other) => other.type === type)]
        : [one],
    );
    const header = Buffer.from([query[0]!, query[1]!, 0x85, 0x80, 0, 1, 0, known.length, 0, 0, 0, 0]);
    let owner: Buffer = query.subarray(12, end - 4);
    const answers = known.map((one) => {
      const record = recordOf(owner, one);
      if (one.type === "CNAME") owner = encoded(one.data);
      return record;
    });
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  /** As `dns.lookup`, both families, of this server. */
  const lookup: LookupFunction = (host, options, callback) => {
    resolver.resolve4(host, (_, four = []) =>
      resolver.resolve6(host, (_error, six = []) => {
        const all = [
          ...four.map((address) => ({ address, family: 4 })),
          ...six.map((address) => ({ address, family: 6 })),
        ];
        const none = Object.assign(new Error(`queryA ENOTFOUND ${host}`), { code: "ENOTFOUND" });
        if (all.length === 0) callback(none, []);
        else if (options.all === true) callback(null, all);
        else callback(null, all[0]!.address, all[0]!.family);
      }),
    );
  };
  return { asked, lookup, close: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
}

function questionOf(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at]!; size > 0; size = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + size));
    at += size + 1;
  }
  const type = { 1: "A", 28: "AAAA" }[query.readUInt16BE(at + 1)] ?? "other";
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

function encoded(name: string): Buffer {
  const parts = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function recordOf(owner: Buffer, { type, data }: Answers[number]): Buffer {
  const bytes =
    type === "A"
      ? Buffer.from(data.split(".").map(Number))
      : type === "CNAME"
        ? encoded(data)
        : Buffer.concat(data.split(":").map((part) => Buffer.from(part.padStart(4, "0"), "hex")));
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE({ A: 1, CNAME: 5, AAAA: 28 }[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(bytes.length, 8);
  return Buffer.concat([owner, fixed, bytes]);
}

const full = (short: string): string => {
  const [left = "", right = ""] = short.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(left).length - groups(right).length;
  return [...groups(left), ...Array<string>(missing).fill("0"), ...groups(right)].join(":");
};

/** Addresses at which nobody outside has business, each as a name may have it. */
const INSIDE: Readonly<Record<string, string>> = {
  loopback: "127.0.0.1",
  "another loopback": "127.53.0.9",
  "this host": "0.0.0.0",
  ten: "10.1.2.3",
  "a hundred and seventy-two": "172.20.0.1",
  "a hundred and ninety-two": "192.168.1.1",
  metadata: "169.254.169.254",
  "carrier grade": "100.64.0.1",
  "Alibaba's metadata": "100.100.100.200",
  "Oracle's metadata": "192.0.0.192",
  multicast: "224.0.0.1",
  "loopback in v6": full("::1"),
  "nothing in v6": full("::0"),
  "mapped loopback": full("::ffff:7f00:1"),
  "compatible loopback": full("::7f00:1"),
  "translated loopback": full("::ffff:0:7f00:1"),
  "NAT64 of loopback": full("64:ff9b::7f00:1"),
  "NAT64 of metadata": full("64:ff9b::a9fe:a9fe"),
  "local NAT64": full("64:ff9b:1::7f00:1"),
  "6to4 of loopback": full("2002:7f00:1::0"),
  Teredo: full("2001::7f00:1"),
  "link-local": full("fe80::1"),
  "unique local": full("fd00:ec2::254"),
};

const slug = (what: string): string => what.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
const record = (data: string): Answers[number] => ({ type: data.includes(":") ? "AAAA" : "A", data });

describe.skipIf(process.platform !== "linux")("a target's name", () => {
  // Two loopback addresses stand for a public and a private one.
  const GOOD = "127.0.0.2";
  let server: Awaited<ReturnType<typeof aNameServer>>;
  let port: number;
  const reached: string[] = [];
  const listeners: net.Server[] = [];

  beforeAll(async () => {
    const listen = (host: string, at: number): Promise<net.Server> =>
      new Promise((resolve, reject) => {
        const listener = net.createServer((socket) => {
          reached.push(host);
          socket
            .on("error", () => undefined)
            .once("data", () =>
              socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"),
            );
        });
        listener.once("error", reject);
        listener.listen(at, host, () => resolve(listener));
      });
    const first = await listen(GOOD, 0);
    port = (first.address() as AddressInfo).port;
    listeners.push(first, await listen("127.0.0.1", port), await listen("::1", port));
    server = await aNameServer({
      ...Object.fromEntries(
        Object.entries(INSIDE).map(([what, address]) => [`${slug(what)}.evil.example`, [[record(address)]]]),
      ),
      "good.example": [[record(GOOD)]],
      "flips.example": [[record(GOOD)], [record("127.0.0.1")]],
      "flips-back.example": [[record("127.0.0.1")], [record(GOOD)]],
      "mixed.example": [[record("127.0.0.1"), record(GOOD), record("10.0.0.1"), record(full("::1"))]],
      "alias.example": [[{ type: "CNAME", data: "loopback.evil.example" }]],
      "nowhere.example": [[]],
    });
  });
  afterAll(async () => {
    await server.close();
    for (const listener of listeners) await new Promise((resolve) => listener.close(resolve));
  });
  beforeEach(() => void (reached.length = 0));

  async function call(host: string, times = 1): Promise<string[]> {
    const http = createHttp({ allowPrivate: [parseRange(GOOD)!], lookup: server.lookup });
    const said: string[] = [];
    for (let nth = 0; nth < times; nth++)
      said.push(
        await http
          .send({
            method: "POST",
            url: `http://${host}:${port}/`,
            headers: {},
            body: Buffer.from("{}"),
            timeoutMs: 3_000,
          })
          .then(
            ({ status }) => String(status),
            (error: { code: string }) => error.code,
          ),
      );
    await http.close();
    return said;
  }

  it.each(Object.keys(INSIDE))("that leads to %s is refused without a connection", async (what) => {
    expect(await call(`${slug(what)}.evil.example`)).toEqual(["FORWARD_ADDRESS_REFUSED"]);
    expect(reached).toEqual([]);
  });

  it("that changes its answer between two calls is judged at each, and none reaches what is inside", async () => {
    expect(await call("flips.example", 4)).toEqual([
      "200",
      ...Array<string>(3).fill("FORWARD_ADDRESS_REFUSED"),
    ]);
    expect(reached).toEqual([GOOD]);
    expect(server.asked.filter((one) => one === "flips.example A")).toHaveLength(4);
    expect(await call("flips-back.example", 2)).toEqual(["FORWARD_ADDRESS_REFUSED", "200"]);
    expect(reached).toEqual([GOOD, GOOD]);
  });

  it("with good and bad addresses is called at the good one alone, and an alias is judged by where it leads", async () => {
    expect(await call("mixed.example", 5)).toEqual(Array<string>(5).fill("200"));
    expect(new Set(reached)).toEqual(new Set([GOOD]));
    expect(await call("alias.example")).toEqual(["FORWARD_ADDRESS_REFUSED"]);
  });

  it("that nobody knows is told as such", async () => {
    expect(await call("nowhere.example")).toEqual(["FORWARD_CONNECTION_FAILED"]);
    expect(await call("good.example")).toEqual(["200"]);
  });
});
