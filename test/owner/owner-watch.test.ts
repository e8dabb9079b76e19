// Real sockets of known processes in a network namespace.
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { ChildProcess } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OwnerWatch } from "../../src/owner/owner-watch.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { eventuallyOwner, ownersOf, watchOf } from "./watching.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

/** Says its port, and at the end how many connections it took; each is closed when the other side closes it. */
const countingServer = `
  let count = 0;
  const server = require("node:net").createServer((socket) => {
    count++;
    socket.on("error", () => {}).on("end", () => socket.end()).resume();
  });
  server.listen(7000, () => console.log("ready"));
  process.stdin.on("end", () => { console.log(count); process.exit(); }).resume();
`;

/** One connection after the other, each open for about as long as it takes to say hello. */
const shortConnections = `
  const { connect } = require("node:net");
  let left = Number(process.argv[1]);
  let open = 0;
  const timer = setInterval(() => {
    if (left-- <= 0) return clearInterval(timer);
    open++;
    const socket = connect(7000, "192.0.2.20", () => socket.end("hello"));
    socket.on("error", () => {}).on("close", () => { if (--open === 0 && left <= 0) console.log("done"); }).resume();
  }, 10);
  setInterval(() => {}, 1000);
`;

const firstLine = async (child: ChildProcess): Promise<string> => {
  if (!child.stdout) throw new Error("expected a pipe");
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return line;
};

describe.skipIf(reason !== null)("owners of sockets in a network namespace", () => {
  let bed: TestBed;
  let watch: OwnerWatch | null = null;
  const children: ChildProcess[] = [];
  const start = async (settings?: Record<string, unknown>): Promise<OwnerWatch> =>
    (watch = await watchOf(bed.netnsName("vm"), settings));

  beforeAll(async () => {
    bed = await openTestBed({ ipv6: true });
  });
  afterEach(async () => {
    await watch?.close();
    watch = null;
    const running = children
      .splice(0)
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ends = running.map((child) => once(child, "exit"));
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(ends);
  });
  afterAll(() => bed.close());

  const spawn = (...[host, program, args]: Parameters<TestBed["spawn"]>): ChildProcess => {
    const child = bed.spawn(host, program, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    return child;
  };
  const node = (host: "vm" | "client", script: string, ...args: string[]): ChildProcess =>
    spawn(host, process.execPath, ["-e", script, ...args]);

  test("all who ask at once share one look", async () => {
    const watching = await start({ restMilliseconds: 2_000 });
    const scansOf = async (): Promise<number> => {
      const { summary } = await ownersOf(watching);
      if (!summary) throw new Error("no closing line");
      return summary.scans;
    };
    const before = await scansOf();
    const all = await Promise.all(Array.from({ length: 50 }, scansOf));
    // What came while the first was answered shares the next; the watch's own look may fall between.
    expect(Math.max(...all) - before).toBeLessThanOrEqual(4);
  });

  test("a listener, a connection out of it, and a datagram socket have their processes", async () => {
    const watching = await start();
    const server = node("client", countingServer);
    await firstLine(server);
    const listener = spawn("vm", "python3", ["-m", "http.server", "6000"]);
    const script = `
      const { connect } = require("node:net");
      const udp = require("node:dgram").createSocket("udp6");
      udp.bind(5353, () => connect(7000, "2001:db8:1::20", () => console.log("up")));
    `;
    const client = spawn("vm", "setpriv", [
      "--reuid=65534",
      "--clear-groups",
      "--",
      process.execPath,
      "-e",
      script,
      "--",
      "--password=geheim",
      "--token",
      "abc",
    ]);
    await firstLine(client);
    expect(await eventuallyOwner(watching, ({ localPort }) => localPort === 6_000)).toMatchObject({
      protocol: "tcp",
      remoteAddress: null,
      remotePort: null,
      pid: listener.pid,
      executable: expect.stringMatching(/\/python3[^/]*$/) as string,
      uid: 0,
      user: "root",
    });
    expect(await eventuallyOwner(watching, ({ remotePort }) => remotePort === 7_000)).toMatchObject(
      {
        protocol: "tcp",
        localAddress: "2001:db8:1::10",
        remoteAddress: "2001:db8:1::20",
        pid: client.pid,
        executable: process.execPath,
        commandLine: expect.stringMatching(/ --password=\*\*\* --token \*\*\*$/) as string,
        uid: 65_534,
        user: "nobody",
      },
    );
    expect(
      await eventuallyOwner(
        watching,
        ({ localPort, protocol }) => protocol === "udp" && localPort === 5_353,
      ),
    ).toMatchObject({ localAddress: "::", remoteAddress: null, pid: client.pid });
    const { owners, summary } = await ownersOf(watching);
    expect(summary?.localAddresses).toContain("192.0.2.10");
    // The server is in another namespace, which is not watched.
    expect(owners.filter(({ pid }) => pid === server.pid)).toEqual([]);
  });

  test("a socket that is gone is remembered with its time, and command lines can be left out", async () => {
    const watching = await start({ commandLines: false });
    const server = node("client", countingServer);
    await firstLine(server);
    const before = Date.now();
    const client = bed.spawn("vm", "curl", ["-sS", "http://192.0.2.20:7000/"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    const open = await eventuallyOwner(watching, ({ remotePort }) => remotePort === 7_000);
    expect(open).toMatchObject({ pid: client.pid, commandLine: null });
    client.kill("SIGKILL");
    await once(client, "exit");
    const after = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const gone = (await ownersOf(watching)).owners.find(({ remotePort }) => remotePort === 7_000);
    expect(gone).toMatchObject({ pid: client.pid });
    expect(gone?.firstSeen).toBeGreaterThanOrEqual(before);
    expect(gone?.lastSeen).toBeLessThan(after + 200);
    // Of a time in which it was not there, it is not told.
    expect((await ownersOf(watching, after + 250)).owners).toEqual([]);
  });

  test.each([
    ["without connection tracking", "", 0],
    [
      "with connection tracking",
      "table inet track { chain out { type filter hook output priority 0; ct state new counter; }; }",
      0.1,
    ],
  ])(
    "short-lived connections are seen or counted as missed, all of them, %s",
    async (_how, rules, shareMin) => {
      await bed.exec("vm", "nft", ["flush", "ruleset"]);
      if (rules !== "")
        expect((await bed.exec("vm", "nft", ["-f", "-"], { input: rules })).code).toBe(0);
      const server = node("client", countingServer);
      await firstLine(server);
      const watching = await start({ restMilliseconds: 250 });
      const from = Date.now();
      const count = 80;
      const client = node("vm", shortConnections, String(count));
      await firstLine(client);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const { owners, summary } = await ownersOf(watching, from);
      const seen = owners.filter(({ remotePort }) => remotePort === 7_000);
      server.stdin?.end();
      expect(await firstLine(server)).toBe(String(count));
      expect(summary).toMatchObject({ countsMissed: true });
      expect(seen.length + (summary?.missedSockets ?? 0)).toBe(count);
      const owned = seen.filter(({ pid }) => pid === client.pid);
      console.info(_how, {
        seen: seen.length,
        owned: owned.length,
        missed: summary?.missedSockets,
      });
      expect(owned.length / count).toBeGreaterThanOrEqual(shareMin);
      expect(seen.filter(({ pid }) => pid !== client.pid && pid !== null)).toEqual([]);
    },
  );
});
