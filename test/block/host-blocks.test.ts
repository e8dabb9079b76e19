// Blocks with the real nft in network namespaces, and connections that are really cut.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type HostBlocks, openHostBlocks } from "../../src/block/host-blocks.ts";
import { blockingSettings } from "../../src/block/settings.ts";
import { silentLog } from "../../src/common/log.ts";
import { parseNetwork } from "../../src/inspection/findings/network.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

/** Answers every connection with a piece each 10 ms, and what it is asked for on port 8080. */
const streamScript = `
const http = require("node:http");
const answer = (_, response) => {
  const timer = setInterval(() => response.write("x".repeat(1000)), 10);
  response.on("close", () => clearInterval(timer));
};
for (const port of [8080, 8443]) http.createServer((request, response) =>
  request.url === "/once" ? response.end("once") : answer(request, response)).listen(port, "::");
setTimeout(() => console.log("ready"), 50);`;

const other = "198.51.100.66";
const control = "198.51.100.80";
const other6 = "2001:db8:2::66";

describe.skipIf(reason !== null)("blocks on a host in a network namespace", () => {
  let bed: TestBed;
  const opened: HostBlocks[] = [];
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    bed = await openTestBed({ ipv6: true });
    const server = bed.spawn("internet", process.execPath, ["-e", streamScript]);
    if (server.stdout) await once(server.stdout, "data");
  });
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill("SIGKILL");
    for (const blocks of opened.splice(0)) await blocks.close();
    await bed.exec("vm", "nft", ["flush", "ruleset"]);
  });
  afterAll(() => bed.close());

  const open = (tableName = "nightcap_block_test", more: object = {}): HostBlocks => {
    const network = parseNetwork(control);
    if (!network) throw new Error("no control plane");
    const blocks = openHostBlocks({
      settings: blockingSettings.parse({ allowBlocking: true, ...more }),
      networkNamespace: bed.netnsName("vm"),
      tableName,
      controlEndpoints: async () => [{ network, port: 8443 }],
      monotonicNow: () => performance.now(),
      log: silentLog,
    });
    opened.push(blocks);
    return blocks;
  };
  let revision = 0;
  const wanted = (...ids: (string | [id: string, milliseconds: number, force?: boolean])[]) => ({
    revision: String(++revision).padStart(16, "0"),
    blocks: ids.map((each) => {
      const [blockId, remainingMilliseconds, force = false] =
        typeof each === "string" ? ([each, 60_000] as const) : each;
      return { blockId, remainingMilliseconds, force };
    }),
  });
  const url = (address: string, port = 8080, path = "once"): string =>
    `http://${address.includes(":") ? `[${address}]` : address}:${port}/${path}`;
  const curl = (address: string, port?: number) =>
    bed.exec("vm", "curl", ["-gsS", "-m", "2", url(address, port)]);
  const reaches = async (address: string, port?: number) => (await curl(address, port)).code === 0;
  /** A download that goes on until it is cut. */
  const stream = async (address: string, port?: number) => {
    const args = ["-gsSN", "-o", "-", url(address, port, "stream")];
    const child = bed.spawn("vm", "curl", args, { stdio: ["ignore", "pipe", "ignore"] });
    running.push(child);
    const ended = once(child, "exit").then(([code]) => ({
      code: Number(code),
      at: performance.now(),
    }));
    if (child.stdout) await once(child.stdout, "data");
    child.stdout?.resume();
    return { child, ended };
  };
  const ruleset = async (): Promise<string> =>
    (await bed.exec("vm", "nft", ["-j", "list", "ruleset"])).stdout;

  test("a download that runs is cut within 100 ms, new ones are refused at once, and unblocked they work", async () => {
    const blocks = open();
    const { ended } = await stream(other);
    await blocks.set(wanted(`out_${other}_32_any_any`));
    const loadedAt = performance.now();
    const { code, at } = await ended;
    expect(code).toBe(56); // curl: failure in receiving, the reset
    expect(at - loadedAt).toBeLessThan(100);
    const askedAt = performance.now();
    const refused = await curl(other);
    expect(refused.code).toBe(7); // curl: failed to connect
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    expect(await reaches(control)).toBe(true);
    const {
      blocks: [seen],
    } = await blocks.refresh();
    expect(seen?.packets).toBeGreaterThanOrEqual(2);
    expect(seen?.bytes).toBeGreaterThan(80);
    expect(seen?.remainingMilliseconds).toBeGreaterThan(50_000);
    await blocks.set(wanted());
    expect(await reaches(other)).toBe(true);
    expect(await ruleset()).not.toContain("nightcap");
  });

  test("a block that is asked for again ends as it was asked last, a few seconds later too", async () => {
    const blocks = open();
    const id = `out_${other}_32_any_any`;
    await blocks.set(wanted([id, 20_000]));
    await blocks.set(wanted([id, 24_000]));
    const left = async () => (await blocks.refresh()).blocks[0]?.remainingMilliseconds;
    expect(await left()).toBeGreaterThan(21_000);
    await blocks.set(wanted([id, 10_000]));
    expect(await left()).toBeLessThan(11_000);
  });

  test("ports, protocols and directions are told apart, also by IPv6", async () => {
    const blocks = open();
    await blocks.set(
      wanted(
        `out_${other}_32_tcp_8000-8100`,
        `out_2001:db8:2::_64_udp_any`,
        `in_${control}_32_icmp_any`,
      ),
    );
    const seen = [await reaches(other), await reaches(other, 8443), await reaches(other6)];
    expect(seen).toEqual([false, true, true]);
    expect((await bed.exec("vm", "ping", ["-c1", "-W1", control])).code).toBe(1);
    expect((await bed.exec("vm", "ping", ["-c1", "-W1", other])).code).toBe(0);
    await blocks.set(wanted(`out_${other6}_128_tcp_8080`));
    expect([await reaches(other6), await reaches(other6, 8443)]).toEqual([false, true]);
    await blocks.set(wanted(`both_2001:db8:2::_64_any_any`));
    expect([await reaches(other6, 8443), await reaches(other)]).toEqual([false, true]);
  });

  test("the control plane stays connected when all is blocked, and so do exempt prefixes", async () => {
    const blocks = open(undefined, { exemptPrefixes: ["192.0.2.0/30"] });
    const uplink = await stream(control, 8443);
    await blocks.set(
      wanted(["both_0.0.0.0_0_any_any", 60_000, true], ["both_::_0_any_any", 60_000, true]),
    );
    expect([await reaches(other), await reaches(control), await reaches(other6)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await reaches(control, 8443)).toBe(true);
    expect((await bed.exec("vm", "ping", ["-c1", "-W1", "192.0.2.1"])).code).toBe(0);
    expect(uplink.child.exitCode).toBeNull();
  });

  test("the kernel ends a block by itself after the agent was killed", async () => {
    const args = [bed.netnsName("vm"), `out_${other}_32_any_any`, "1500", control];
    const child = spawn(process.execPath, ["test/block/hold-blocks.ts", ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.push(child);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await reaches(other)).toBe(false);
    await sleep(1_700);
    expect(await reaches(other)).toBe(true);
  });

  test("a dry run changes nothing, and says what nft would be given", async () => {
    const blocks = open();
    await blocks.set(wanted(`out_${other}_32_any_any`));
    const strip = (text: string) => text.replaceAll(/"expires": \d+/g, "");
    const before = await ruleset();
    const spec = {
      blockId: "out_203.0.113.0_24_tcp_443",
      remainingMilliseconds: 9_000,
      force: false,
    };
    const checked = await blocks.check(spec);
    expect(checked.refusal).toBeNull();
    expect(checked.script).toContain("203.0.113.0/24 . 6 . 443 ");
    const own = await blocks.check({ ...spec, blockId: "out_192.0.2.10_32_any_any" });
    expect(own.refusal).toMatchObject({ code: "BlockRefused", forceable: true });
    const gateway = await blocks.check({ ...spec, blockId: "out_192.0.2.1_32_any_any" });
    expect(gateway.refusal?.message).toContain("192.0.2.1, the default gateway");
    expect(strip(await ruleset())).toBe(strip(before));
  });

  test("two agents have two tables, and nobody else's rules are touched", async () => {
    const rules =
      'table inet filter { chain input { type filter hook input priority 0; tcp dport 23 drop comment "mine"; }; }\n';
    await bed.exec("vm", "nft", ["-f", "-"], { input: rules });
    const foreign = await ruleset();
    const [one, two] = [open("nightcap_block_one"), open("nightcap_block_two")];
    await one.set(wanted(`out_${other}_32_any_any`));
    await two.set(wanted(`out_${other6}_128_any_any`));
    await two.set(wanted());
    expect([await reaches(other), await reaches(other6)]).toEqual([false, true]);
    expect((await one.refresh()).blocks).toHaveLength(1);
    await one.set(wanted());
    expect(await ruleset()).toBe(foreign);
  });

  test("what the agent finds after a restart is kept with its counters, and what is flushed comes back", async () => {
    const first = open();
    const id = `out_${other}_32_any_any`;
    await first.set(wanted(id));
    await curl(other);
    const {
      blocks: [counted],
    } = await first.refresh();
    await first.close();
    const second = open();
    expect((await second.refresh()).blocks).toMatchObject([
      { blockId: id, packets: counted?.packets },
    ]);
    await second.set(wanted(id, `out_${control}_32_udp_53`));
    expect((await second.refresh()).blocks).toMatchObject([{ packets: counted?.packets }, {}]);
    await bed.exec("vm", "nft", ["flush", "ruleset"]);
    expect((await second.refresh()).blocks).toHaveLength(2);
    expect(await reaches(other)).toBe(false);
  });

  test("where it is not allowed nothing is made, and what was made is taken away", async () => {
    const id = `out_${other}_32_any_any`;
    await open().set(wanted(id));
    const off = open(undefined, { allowBlocking: false });
    await off.set(wanted(id));
    expect(await off.refresh()).toMatchObject({
      allowed: false,
      blocks: [],
      refused: [{ blockId: id, code: "BlockingNotAllowed" }],
    });
    expect(await ruleset()).not.toContain("nightcap");
  });
});
