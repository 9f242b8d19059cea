import { describe, expect, test } from "vitest";
import { inRanges, isPublic, parseRange } from "../../src/core/address.ts";

const ranges = (...texts: string[]) => texts.map((text) => parseRange(text)!);

describe("an address is public when anybody on the internet may mean it", () => {
  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
  ])("%s is public", (address) => expect(isPublic(address)).toBe(true));

  test.each([
    ["this network", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.255.255.254"],
    ["link-local and metadata", "169.254.169.254"],
    ["carrier-grade NAT", "100.64.0.0"],
    ["carrier-grade NAT, Alibaba's metadata", "100.100.100.200"],
    ["protocol assignments", "192.0.0.192"],
    ["documentation", "192.0.2.1"],
    ["documentation", "198.51.100.1"],
    ["documentation", "203.0.113.1"],
    ["6to4 relay anycast", "192.88.99.1"],
    ["benchmarking", "198.18.0.1"],
    ["benchmarking", "198.19.255.255"],
    ["multicast", "224.0.0.1"],
    ["multicast", "239.255.255.250"],
    ["class E", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["mapped loopback", "::ffff:7f00:1"],
    ["mapped loopback", "::ffff:127.0.0.1"],
    ["mapped metadata", "::ffff:169.254.169.254"],
    ["v4-compatible loopback", "::7f00:1"],
    ["v4-compatible loopback", "::127.0.0.1"],
    ["v4-translated loopback", "::ffff:0:7f00:1"],
    ["NAT64 of loopback", "64:ff9b::7f00:1"],
    ["NAT64 of metadata", "64:ff9b::169.254.169.254"],
    ["local NAT64", "64:ff9b:1::808:808"],
    ["6to4 of loopback", "2002:7f00:1::"],
    ["6to4 of a public address", "2002:808:808::1"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["protocol assignments", "2001:1::1"],
    ["benchmarking", "2001:2::1"],
    ["ORCHIDv2", "2001:20::1"],
    ["documentation", "2001:db8::1"],
    ["documentation", "3fff::1"],
    ["unique local", "fc00::1"],
    ["unique local, AWS's metadata", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["site-local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["discard", "100::1"],
    ["segment routing", "5f00::1"],
    ["unassigned", "4000::1"],
    ["a short form", "127.1"],
    ["an octal form", "0177.0.0.1"],
    ["a name", "localhost"],
    ["nothing", ""],
  ])("%s: %s is not", (_, address) => expect(isPublic(address)).toBe(false));
});

describe("ranges", () => {
  test.each([
    ["127.0.0.1", "127.0.0.0/8", true],
    ["::ffff:127.0.0.1", "127.0.0.0/8", true],
    ["127.0.0.1", "::ffff:127.0.0.0/104", true],
    ["128.0.0.1", "127.0.0.0/8", false],
    ["10.1.2.3", "10.9.9.9/8", true],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.4", "10.1.2.3", false],
    ["::1", "::1", true],
    ["::1", "::/0", true],
    ["::1", "0.0.0.0/0", false],
    ["192.0.2.7", "0.0.0.0/0", true],
    ["fd12::1", "fc00::/7", true],
    ["not an address", "0.0.0.0/0", false],
  ])("%s in %s: %s", (address, range, expected) => expect(inRanges(address, ranges(range))).toBe(expected));

  test("no ranges hold nothing", () => expect(inRanges("127.0.0.1", [])).toBe(false));

  test.each([
    "",
    "localhost",
    "127.1",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "/8",
    "0x7f.0.0.1",
  ])("%j is no range", (text) => expect(parseRange(text)).toBeUndefined());
});
