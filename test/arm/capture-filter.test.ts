import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { BlockList } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileFilters, describeFilter, filterProblems } from "../../src/arm/capture-filter.ts";
import { type CaptureFilter, captureFilter } from "../../src/capture/session.ts";
import { NightcapError } from "../../src/common/errors.ts";
import { ethernetFrame, pcapFile, readPcapTimes, type TestPacket } from "../capture/packets.ts";

const filter = (fields: Partial<CaptureFilter>): CaptureFilter => captureFilter.parse(fields);
const compile = (fields: Partial<CaptureFilter>): string => compileFilters([filter(fields)]);

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the five fields", () => {
  test("no filter, and a filter without fields, mean every packet", () => {
    expect(compileFilters([])).toBe("");
    expect(compile({})).toBe("");
    expect(compileFilters([filter({ localPort: "80" }), filter({ localPort: " " })])).toBe("");
  });

  test("local and remote are matched in both directions", () => {
    expect(
      compile({ protocol: "TCP", localIPAddress: "192.0.2.4", remotePort: "443" }),
    ).toMatchInlineSnapshot(
      `"(tcp and ((ip src host 192.0.2.4 and dst portrange 443-443) or (ip dst host 192.0.2.4 and src portrange 443-443)))"`,
    );
  });

  test("a range of addresses is the exact set of its prefixes", () => {
    expect(compile({ remoteIPAddress: "192.0.2.1-192.0.2.6" })).toMatchInlineSnapshot(
      `"(((((ip dst host 192.0.2.1) or (ip dst net 192.0.2.2/31) or (ip dst net 192.0.2.4/31) or (ip dst host 192.0.2.6))) or (((ip src host 192.0.2.1) or (ip src net 192.0.2.2/31) or (ip src net 192.0.2.4/31) or (ip src host 192.0.2.6)))))"`,
    );
  });

  test("a list may end in a semicolon, and holds both families", () => {
    const one = compile({ localIPAddress: "192.0.2.1;2001:db8::1;" });
    expect(one).toBe(compile({ localIPAddress: "192.0.2.1;2001:db8::1" }));
    expect(one).toContain("ip6 src host 2001:db8:0:0:0:0:0:1");
  });

  test("the documents' range to three octets ends at the last address that begins so", () => {
    expect(compile({ localIPAddress: "1.1.1.1-255.255.255" })).toBe(
      compile({ localIPAddress: "1.1.1.1-255.255.255.255" }),
    );
  });

  test("all problems are named by their fields, a problem a filter", () => {
    const filters = [
      filter({ localPort: "80" }),
      filter({ remotePort: "80-" }),
      filter({ localIPAddress: "192.0.2.1", remoteIPAddress: "2001:db8::1" }),
    ];
    expect(filterProblems(filters).map(({ field }) => field)).toEqual([
      "filters[1].remotePort",
      "filters[2].localIPAddress",
    ]);
    expect(filterProblems(filters)[0]?.message).toContain('filters[1].remotePort is "80-"');
  });

  test("sides of different families, which no packet has, are refused", () => {
    const fields = { localIPAddress: "192.0.2.1", remoteIPAddress: "2001:db8::1" };
    expect(errorOf(() => compile(fields))).toMatchObject({
      code: "CaptureFilterInvalid",
      message: expect.stringContaining('"192.0.2.1" and remoteIPAddress "2001:db8::1"'),
    });
  });

  test("several filters are joined by OR", () => {
    expect(
      compileFilters([filter({ protocol: "UDP" }), filter({ protocol: "TCP" })]),
    ).toMatchInlineSnapshot(`"(udp) or (tcp)"`);
  });

  test.each([
    ["localPort", "65536"],
    ["localPort", "-1"],
    ["localPort", "80-"],
    ["remotePort", "90-80"],
    ["remotePort", "1-2-3"],
    ["remotePort", "1-2;5"],
    ["remotePort", "1-2;4-5"],
    ["remotePort", "80;;81"],
    ["remotePort", ";"],
    ["remotePort", "http"],
    ["localIPAddress", "192.0.2"],
    ["localIPAddress", "192.0.2.256"],
    ["localIPAddress", "192.0.2.0/24"],
    ["localIPAddress", "192.0.2.9-192.0.2.1"],
    ["localIPAddress", "192.0.2.9-2001:db8::1"],
    ["remoteIPAddress", "fe80::1%eth0"],
    ["remoteIPAddress", "example.com) or (tcp"],
    ["remoteIPAddress", "192.0.2.1,192.0.2.2"],
  ] as const)("%s %s is refused with the field, the value and what is allowed", (field, value) => {
    const error = errorOf(() => compileFilters([filter({}), filter({ [field]: value })]));
    expect(error).toBeInstanceOf(NightcapError);
    expect(error).toMatchObject({ code: "CaptureFilterInvalid" });
    expect((error as Error).message).toContain(`filters[1].${field} is "${value}"`);
    expect((error as Error).message).toContain('one range "a-b"');
  });

  test("filters that do not fit a command line are refused", () => {
    const ports = Array.from({ length: 800 }, (_, index) => String(index * 2)).join(";");
    const many = Array.from({ length: 20 }, () => filter({ localPort: ports }));
    expect(errorOf(() => compileFilters(many))).toMatchObject({ code: "CaptureFilterInvalid" });
  });

  test("a filter is described for people", () => {
    expect(describeFilter(filter({ protocol: "TCP", localPort: "80-90" }))).toBe(
      "TCP, local any port 80-90, remote any",
    );
  });

  test("any text compiles or is refused as a filter", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (localIPAddress, remotePort) => {
        const error = errorOf(() => compile({ localIPAddress, remotePort }));
        if (typeof error !== "string") {
          expect(error).toMatchObject({ code: "CaptureFilterInvalid" });
        }
      }),
    );
  });
});

const addresses4 = ["192.0.2.0", "192.0.2.1", "192.0.2.7", "192.0.2.255", "255.255.255.255"];
const addresses6 = ["::", "2001:db8::1", "2001:db8::ffff", "2001:db8:1::", "ffff::1"];
const ports = [0, 1, 79, 80, 81, 65_535];

const portText = fc.oneof(
  fc.constantFrom(...ports).map(String),
  fc
    .tuple(fc.constantFrom(...ports), fc.constantFrom(...ports))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)].join("-")),
  fc
    .tuple(fc.array(fc.constantFrom(...ports), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([list, end]) => list.join(";") + (end ? ";" : "")),
);

function addressText(pool: readonly string[]): fc.Arbitrary<string> {
  const index = fc.nat(pool.length - 1);
  return fc.oneof(
    fc.constantFrom(...pool),
    fc.tuple(index, index).map(([a, b]) => `${pool[Math.min(a, b)]}-${pool[Math.max(a, b)]}`),
    fc
      .array(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 })
      .map((list) => list.join(";")),
  );
}

const anyAddressText = fc.oneof(addressText(addresses4), addressText(addresses6));
const anyFilter: fc.Arbitrary<CaptureFilter> = fc
  .record(
    {
      protocol: fc.constantFrom("TCP", "UDP", "Any"),
      localIPAddress: anyAddressText,
      remoteIPAddress: anyAddressText,
      localPort: portText,
      remotePort: portText,
    },
    { requiredKeys: ["protocol"] },
  )
  .map((fields) => captureFilter.parse(fields));

const anyPacket: fc.Arbitrary<TestPacket> = fc
  .constantFrom({ family: 4 as const, pool: addresses4 }, { family: 6 as const, pool: addresses6 })
  .chain(({ family, pool }) =>
    fc.record({
      family: fc.constant(family),
      source: fc.constantFrom(...pool),
      destination: fc.constantFrom(...pool),
      protocol: fc.constantFrom("tcp", "udp", "icmp"),
      sourcePort: fc.constantFrom(...ports),
      destinationPort: fc.constantFrom(...ports),
    }),
  );

/** The same meaning said another way: Node's own address sets, no BPF. */
function matches(filters: readonly CaptureFilter[], packet: TestPacket): boolean {
  const { source, destination, sourcePort, destinationPort, family, protocol } = packet;
  const hasPorts = protocol !== "icmp";
  const address = (text: string | undefined, value: string): boolean => {
    if (text === undefined) return true;
    const set = new BlockList();
    for (const entry of text.split(";").filter((each) => each !== "")) {
      const [first = "", last = first] = entry.split("-");
      set.addRange(first, last, first.includes(":") ? "ipv6" : "ipv4");
    }
    return set.check(value, family === 6 ? "ipv6" : "ipv4");
  };
  const port = (text: string | undefined, value: number): boolean =>
    text === undefined ||
    (hasPorts &&
      text
        .split(";")
        .filter((each) => each !== "")
        .some((entry) => {
          const [first = "", last = first] = entry.split("-");
          return Number(first) <= value && value <= Number(last);
        }));
  return (
    filters.length === 0 ||
    filters.some((one) => {
      const way = (local: [string, number], remote: [string, number]): boolean =>
        address(one.localIPAddress, local[0]) &&
        port(one.localPort, local[1]) &&
        address(one.remoteIPAddress, remote[0]) &&
        port(one.remotePort, remote[1]);
      const from: [string, number] = [source, sourcePort];
      const to: [string, number] = [destination, destinationPort];
      const right = one.protocol === "Any" || one.protocol.toLowerCase() === protocol;
      return right && (way(from, to) || way(to, from));
    })
  );
}

function hasCommonFamily({ localIPAddress, remoteIPAddress }: CaptureFilter): boolean {
  if (localIPAddress === undefined || remoteIPAddress === undefined) return true;
  return localIPAddress.includes(":") === remoteIPAddress.includes(":");
}

const hasTcpdump = ((): boolean => {
  try {
    execFileSync("tcpdump", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("SKIP: compiled filters against packets: tcpdump is not installed\n");
    return false;
  }
})();

describe.skipIf(!hasTcpdump)("libpcap's reading of a compiled filter", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nightcap-filter-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("selects exactly the packets that the fields mean", () => {
    const path = join(directory, "packets.pcap");
    fc.assert(
      fc.property(
        fc.array(anyFilter, { maxLength: 3 }),
        fc.array(anyPacket, { minLength: 30, maxLength: 60 }),
        (filters, packets) => {
          fc.pre(filters.every(hasCommonFamily));
          writeFileSync(path, pcapFile(packets.map(ethernetFrame)));
          const expression = compileFilters(filters);
          const kept = readPcapTimes(
            execFileSync("tcpdump", ["-n", "-r", path, "-w", "-", expression], {
              stdio: ["ignore", "pipe", "ignore"],
            }),
          );
          const wanted = packets.flatMap((one, index) => (matches(filters, one) ? [index] : []));
          expect(kept).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });
});
