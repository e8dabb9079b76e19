import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipReason } from "./availability.ts";
import { openTestBed, type TestBed } from "./bed.ts";
import { listNamespaces } from "./names.ts";
import { isProcessAlive } from "./processes.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

const namespacesOf = (name: string): string[] =>
  listNamespaces().filter((namespace) => namespace.startsWith(name));

/** Host links by name: what `ip link` would show. */
const hostLinks = (): string[] =>
  readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .slice(2)
    .map((line) => line.split(":")[0]?.trim() ?? "");

async function eventually(holds: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 500 && !holds(); attempt++) await sleep(20);
  return holds();
}

describe.skipIf(reason !== null)("test bed", () => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await openTestBed({ ipv6: true });
  });
  afterAll(() => bed.close());

  test("client reaches the internet through the router, by IPv4 and IPv6", async () => {
    const server = await bed.startServer("node", "internet");
    const hosts = [server.address, `[${bed.addresses("internet").ipv6[0]}]`];
    for (const host of hosts) {
      const url = `http://${host}:${server.port}/bytes/100000`;
      const { code, stdout } = await bed.exec("client", "curl", ["-sS", url]);
      expect({ code, size: stdout.length }).toEqual({ code: 0, size: 100_000 });
    }
    await server.close();
  });

  test("vm and client talk over the bridge", async () => {
    const server = await bed.startServer("node", "vm");
    const url = `http://${server.address}:${server.port}/`;
    const { stdout } = await bed.exec("client", "curl", ["-sS", url]);
    expect(stdout).toContain("192.0.2.10");
    await server.close();
  });

  test("nginx answers", async () => {
    const server = await bed.startServer("nginx", "internet");
    const { stdout } = await bed.exec("vm", "curl", ["-sS", `http://${server.address}/`]);
    expect(stdout).toBe("hello from nginx\n");
    await server.close();
  });

  test("iperf3 measures", async () => {
    const server = await bed.startServer("iperf3", "internet");
    const args = ["--client", server.address, "--bytes", "1M", "--json"];
    const { code, stdout } = await bed.exec("vm", "iperf3", args);
    expect({ code, connected: stdout.includes('"connected"') }).toEqual({
      code: 0,
      connected: true,
    });
    await server.close();
  });

  test("the host shows none of the bed's links", async () => {
    const { stdout } = await bed.exec("router", "cat", ["/proc/net/dev"]);
    expect(stdout).toContain("to-vm:");
    expect(
      hostLinks().filter((name) => ["lan", "wan", "to-vm", "to-client"].includes(name)),
    ).toEqual([]);
  });
});

describe.skipIf(reason !== null)("a test bed's end", () => {
  test("close leaves no namespace, process or directory", async () => {
    const began = performance.now();
    const bed = await openTestBed();
    const up = performance.now();
    const child = bed.spawn("vm", "sleep", ["600"], { stdio: "ignore" });
    expect(namespacesOf(bed.name)).toHaveLength(4);
    const closing = performance.now();
    await bed.close();
    const closed = performance.now();
    console.info(
      `test bed: up ${(up - began).toFixed(0)} ms, down ${(closed - closing).toFixed(0)} ms`,
    );
    expect(namespacesOf(bed.name)).toEqual([]);
    expect(existsSync(bed.directory)).toBe(false);
    // Killed it is; that it is gone is seen a moment later.
    await vi.waitFor(() => expect(isProcessAlive(child.pid ?? 0)).toBe(false));
  });

  test("two beds live side by side", async () => {
    const [one, other] = await Promise.all([openTestBed(), openTestBed()]);
    expect(one.name).not.toBe(other.name);
    await one.close();
    expect(namespacesOf(other.name)).toHaveLength(4);
    await other.close();
  });

  test("kill -9 of the process that holds it leaves nothing", async () => {
    const held = await holdBed();
    expect(namespacesOf(held.name)).toHaveLength(4);
    held.kill();
    expect(await eventually(() => namespacesOf(held.name).length === 0)).toBe(true);
    expect(await eventually(() => !existsSync(held.directory))).toBe(true);
    expect(held.pids.filter(isProcessAlive)).toEqual([]);
  });
});

async function holdBed(): Promise<{
  name: string;
  directory: string;
  pids: number[];
  kill(): void;
}> {
  const file = fileURLToPath(new URL("hold-bed.ts", import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const held = JSON.parse(line) as { name: string; directory: string; pids: number[] };
  return { ...held, kill: () => child.kill("SIGKILL") };
}
