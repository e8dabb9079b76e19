// Real flows in network namespaces: what the meter writes is held against what the kernel counted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FlowMeterHealth } from "../../src/flowmeter/health.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { eventually, type Metering, startMetering, sumOf, type Tuple } from "./metering.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

const rules = `table inet filter {
  chain input {
    type filter hook input priority 0; policy accept;
    tcp dport 23 limit rate 100/second burst 50 packets log prefix "nc:i:300:DenyTelnet" group 75 snaplen 96
    tcp dport 23 counter drop
    tcp dport 8080 ct state new ct mark set ct mark or 0x11 comment "AllowHttp"
  }
  chain output {
    type filter hook output priority 0; policy accept;
    udp dport 53 limit rate 100/second log prefix "nc:o:100:DenyDns" group 75 snaplen 96
    udp dport 53 counter drop
  }
}
`;

/** A new flow every two milliseconds. */
const stormScript = `
  const { createSocket } = require("node:dgram");
  setInterval(() => {
    const socket = createSocket("udp4");
    socket.send("x", 9, "198.51.100.80", () => socket.close());
  }, 2);
`;

describe.skipIf(reason !== null)("the flow meter in a network namespace", () => {
  let bed: TestBed;
  let metering: Metering | null = null;
  const start = async (settings?: Record<string, unknown>): Promise<Metering> =>
    (metering = await startMetering(bed.netnsName("vm"), settings));

  beforeAll(async () => {
    bed = await openTestBed({ ipv6: true });
    const { code, stderr } = await bed.exec("vm", "nft", ["-f", "-"], { input: rules });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await bed.startServer("node", "vm");
  });
  afterEach(async () => {
    await metering?.meter.close();
    metering = null;
  });
  afterAll(() => bed.close());

  const get = async (host: string, sizeBytes: number): Promise<number> =>
    (await bed.exec("client", "curl", ["-sS", `http://${host}:8080/bytes/${sizeBytes}`])).stdout
      .length;

  test.each([
    ["conntrack", "AllowHttp"],
    ["packets", "PlatformRule"],
  ])("TCP over IPv4 and IPv6 by %s: the sums are the kernel's own", async (engine, rule) => {
    const { tuples, meter } = await start({ ruleMarkMask: 0xff, engine });
    const sizeBytes = 2_000_000;
    for (const host of ["192.0.2.10", "[2001:db8:1::10]"]) {
      expect(await get(host, sizeBytes)).toBe(sizeBytes);
    }
    const ofHttp = (): Tuple[] =>
      tuples().filter(({ destinationPort }) => destinationPort === 8080);
    const isOver = (): boolean => ofHttp().filter(({ state }) => state === "E").length === 2;
    expect(await eventually(isOver)).toBe(true);
    for (const [client, vm, ipHeaderBytes] of [
      ["192.0.2.20", "192.0.2.10", 20],
      ["2001:db8:1::20", "2001:db8:1::10", 40],
    ] as const) {
      const flow = ofHttp().filter(({ source }) => source === client);
      expect(new Set(flow.map((one) => `${one.rule} ${one.direction} ${one.destination}`))).toEqual(
        new Set([`${rule} I ${vm}`]),
      );
      expect(flow[0]?.state).toBe("B");
      const totals = await kernelTotals(bed, client, flow[0]?.sourcePort ?? 0);
      expect(sumOf(flow)).toEqual(totals);
      // The body, and no more than headers beside it: an answer's head, and headers of each packet.
      const [, , packets = 0, bytes = 0] = totals;
      expect(bytes).toBeGreaterThan(sizeBytes + packets * (ipHeaderBytes + 20));
      expect(bytes).toBeLessThan(sizeBytes + packets * (ipHeaderBytes + 60) + 1_000);
    }
    expect(meter.health()).toMatchObject({ state: "running", problems: [] });
    expect(meter.health().counters).toMatchObject({ malformedTotal: 0, eventLossesTotal: 0 });
  });

  test.each([
    ["conntrack", 7_000],
    ["packets", 7_100],
  ])("UDP by %s: every datagram is counted", async (engine, firstPort) => {
    const { tuples } = await start({ engine });
    const payload = 100;
    const count = 250;
    await sendDatagrams(bed, { count, payload, sockets: 1, firstPort, to: 9 });
    const ofPort = (): Tuple[] => tuples().filter(({ sourcePort }) => sourcePort === firstPort);
    const bytes = count * (payload + 28);
    expect(await eventually(() => (sumOf(ofPort())[0] ?? 0) >= count)).toBe(true);
    expect(sumOf(ofPort())).toEqual([count, bytes, 0, 0]);
    expect(ofPort()[0]).toMatchObject({
      rule: "PlatformRule",
      source: "192.0.2.10",
      destination: "198.51.100.80",
      destinationPort: 9,
      protocol: 17,
      direction: "O",
      state: "B",
    });
  });

  test("denied flows, inbound and outbound, carry the rule of the log prefix", async () => {
    const { tuples, meter } = await start();
    const tries = ["192.0.2.10", "[2001:db8:1::10]"].map((host) =>
      bed.exec("client", "curl", ["-sS", "-m", "0.5", `http://${host}:23/`]),
    );
    await sendDatagrams(bed, { count: 1, payload: 10, sockets: 1, firstPort: 7_001, to: 53 });
    await Promise.all(tries);
    const denied = (): Tuple[] => tuples().filter(({ state }) => state === "D");
    expect(await eventually(() => denied().length >= 3)).toBe(true);
    const lines = denied().map(
      ({ rule, source, destination, direction, protocol, destinationPort }) =>
        [rule, source, destination, destinationPort, protocol, direction].join(" "),
    );
    expect(new Set(lines)).toEqual(
      new Set([
        "DenyTelnet 192.0.2.20 192.0.2.10 23 6 I",
        "DenyTelnet 2001:db8:1::20 2001:db8:1::10 23 6 I",
        "DenyDns 192.0.2.10 198.51.100.80 53 17 O",
      ]),
    );
    expect(denied().every(({ counts: [packets, bytes] }) => packets >= 1 && bytes >= 28)).toBe(
      true,
    );
    expect(meter.health().counters).toMatchObject({ logGapsTotal: 0, logsIgnored: 0 });
  });

  test("a burst of thousands of flows: none is lost, or what is lost is counted", async () => {
    const { tuples, meter } = await start({ continueSeconds: 3_600 });
    const count = 5_000;
    await sendDatagrams(bed, { count, payload: 10, sockets: count, firstPort: 20_000, to: 10 });
    const begun = (): number =>
      tuples().filter(({ state, destinationPort }) => state === "B" && destinationPort === 10)
        .length;
    await eventually(() => begun() >= count);
    const { counters } = meter.health();
    expect([begun(), counters.eventLossesTotal, counters.tuplesDropped]).toEqual([count, 0, 0]);
  });

  test("a meter that starts among flows goes on to tell of them", async () => {
    const child = bed.spawn("vm", process.execPath, ["-e", stormScript], { stdio: "ignore" });
    for (let round = 0; round < 3; round++) {
      const { tuples, meter } = await start({ engine: "conntrack" });
      const first = tuples().length;
      expect(await eventually(() => tuples().length > first + 100)).toBe(true);
      await meter.close();
    }
    child.kill("SIGKILL");
  });

  test("a second meter is told who has the group, and leaves the first one's table alone", async () => {
    await start();
    for (const engine of ["auto", "conntrack"]) {
      const second = startMetering(bed.netnsName("vm"), { engine });
      await expect(second).rejects.toThrow("NFLOG group 75 has a listener already");
    }
    const { stdout } = await bed.exec("vm", "nft", ["list", "tables"]);
    expect(stdout).toContain("table inet nightcap_flows");
  });

  test("a meter that the kernel had to drop events of finds every flow again, and says so", async () => {
    const file = fileURLToPath(new URL("hold-meter.ts", import.meta.url));
    const settings = JSON.stringify({ socketBufferBytes: 65_536, continueSeconds: 3_600 });
    const child = spawn(process.execPath, [file, bed.netnsName("vm"), settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let health: FlowMeterHealth | undefined;
    const lines = createInterface(child.stdout);
    await once(lines, "line");
    lines.on("line", (line) => (health = JSON.parse(line) as FlowMeterHealth));
    const count = 5_000;
    child.kill("SIGSTOP");
    await sendDatagrams(bed, { count, payload: 10, sockets: count, firstPort: 40_000, to: 12 });
    child.kill("SIGCONT");
    const isWhole = (): boolean => (health?.counters.flowsBegun ?? 0) >= count;
    expect(await eventually(isWhole)).toBe(true);
    expect(health?.counters.eventLossesTotal).toBeGreaterThan(0);
    expect(health?.counters.flowsFoundLate).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  test("a recorder whose interface goes away is told of", async () => {
    const bedWithout = await openTestBed();
    const { meter } = await startMetering(bedWithout.netnsName("vm"), { engine: "packets" });
    // The namespace goes, and with it the interface; the engine itself stays.
    await bedWithout.close();
    expect(await eventually(() => meter.health().state === "degraded")).toBe(true);
    expect(meter.health().problems[0]?.what).toContain("packets of interface eth0 are not read");
    await meter.close();
  });

  test("a router logs what its inside network sends through it, once", async () => {
    const { meter, tuples } = await startMetering(bed.netnsName("router"), {
      insideInterfaces: ["lan"],
    });
    const server = await bed.startServer("node", "internet");
    await bed.exec("client", "curl", ["-sS", `http://${server.address}:${server.port}/bytes/1000`]);
    await eventually(() => tuples().some(({ state }) => state === "E"));
    await meter.close();
    await server.close();
    const flow = tuples().filter(({ destinationPort }) => destinationPort === server.port);
    expect(flow.map(({ state, source, direction }) => [state, source, direction])).toEqual([
      ["B", "192.0.2.20", "O"],
      ["E", "192.0.2.20", "O"],
    ]);
  });

  test("what stands in the way is said: a namespace that is not there", async () => {
    const nowhere = startMetering("ncbed-nowhere", { engine: "conntrack" });
    await expect(nowhere).rejects.toThrow('no network namespace "ncbed-nowhere"');
  });

  test("kill -9 leaves one table, which the next start replaces and its end removes", async () => {
    const file = fileURLToPath(new URL("hold-meter.ts", import.meta.url));
    const child = spawn(process.execPath, [file, bed.netnsName("vm")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface(child.stdout), "line");
    child.kill("SIGKILL");
    await once(child, "exit");
    const tables = async (): Promise<string> =>
      (await bed.exec("vm", "nft", ["list", "tables"])).stdout;
    expect((await tables()).trim().split("\n").toSorted()).toEqual([
      "table inet filter",
      "table inet nightcap_flows",
    ]);
    const { meter } = await start();
    const { stdout } = await bed.exec("vm", "nft", ["list", "table", "inet", "nightcap_flows"]);
    expect(stdout.match(/ct state new/g)).toHaveLength(1);
    await meter.close();
    expect((await tables()).trim()).toBe("table inet filter");
  });

  test("while records are not taken no more are given, and what does not fit is counted", async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { startFlowMeter } = await import("../../src/flowmeter/meter.ts");
    const { flowMeterSettings, flowLogTarget } = await import("../../src/flowmeter/settings.ts");
    const { silentLog } = await import("../../src/common/log.ts");
    let given = 0;
    const meter = await startFlowMeter({
      settings: flowMeterSettings.parse({ flushSeconds: 0.1, pendingTupleCountMax: 16 }),
      networkNamespace: bed.netnsName("vm"),
      targets: [flowLogTarget.parse({ id: "/a", targetId: "/t", guid: "", interfaces: [] })],
      onRecords: async () => {
        given++;
        await held;
      },
      onHealth: () => {},
      told: null,
      log: silentLog,
    });
    const firstPort = 30_000;
    await sendDatagrams(bed, { count: 200, payload: 10, sockets: 200, firstPort, to: 11 });
    expect(await eventually(() => meter.health().counters.tuplesDropped > 100)).toBe(true);
    expect(given).toBe(1);
    release?.();
    await meter.close();
    const { tuplesTotal, tuplesDropped } = meter.health().counters;
    expect(tuplesTotal + tuplesDropped).toBeGreaterThanOrEqual(200);
  });
});

/** What the kernel itself lists of one TCP connection, through conntrack's /proc file. */
async function kernelTotals(bed: TestBed, source: string, port: number): Promise<number[]> {
  const { stdout } = await bed.exec("vm", "cat", ["/proc/net/nf_conntrack"]);
  const full = source.includes(":") ? fullIpv6(source) : source;
  const line = stdout
    .split("\n")
    .find((text) => text.includes(`src=${full} `) && text.includes(`sport=${port} `));
  const numbers = [...(line ?? "").matchAll(/(?:packets|bytes)=(\d+)/g)];
  return numbers.map(([, number]) => Number(number));
}

function fullIpv6(address: string): string {
  const [head = "", tail = ""] = address.split("::");
  const groups = [head.split(":"), tail.split(":")];
  const zeros = Array.from(
    { length: 8 - (groups[0]?.length ?? 0) - (groups[1]?.length ?? 0) },
    () => "0",
  );
  const all = [...(groups[0] ?? []), ...zeros, ...(groups[1] ?? [])];
  return all.map((group) => group.padStart(4, "0")).join(":");
}

const senderScript = `
  const { createSocket } = require("node:dgram");
  const [count, payload, sockets, firstPort, to] = process.argv.slice(1).map(Number);
  const data = Buffer.alloc(payload);
  (async () => {
    for (let at = 0; at < sockets; at++) {
      const socket = createSocket("udp4");
      await new Promise((resolve) => socket.bind(firstPort + at, resolve));
      // The send that a rule denies fails.
      for (let sent = 0; sent < count / sockets; sent++)
        await new Promise((resolve) => socket.send(data, to, "198.51.100.80", resolve));
      socket.close();
    }
  })();
`;

interface Datagrams {
  count: number;
  payload: number;
  /** Each has a port of its own, so that each is a flow. */
  sockets: number;
  firstPort: number;
  to: number;
}

/** Sends datagrams from the watched host to the internet. */
async function sendDatagrams(bed: TestBed, datagrams: Datagrams): Promise<void> {
  const { count, payload, sockets, firstPort, to } = datagrams;
  const args = ["-e", senderScript, ...[count, payload, sockets, firstPort, to].map(String)];
  const { code, stderr } = await bed.exec("vm", process.execPath, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}
