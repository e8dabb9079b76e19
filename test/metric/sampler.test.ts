import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openSampler, startSampling, type Sampler } from "../../src/metric/sampler.ts";
import { hostSample, type HostSample } from "../../src/metric/sample.ts";

const namespace = `ncm-${process.pid}`;
const ip = (...args: string[]): void => void execFileSync("ip", args, { stdio: "pipe" });
const canMake = ((): boolean => {
  try {
    ip("netns", "add", namespace);
    ip("netns", "del", namespace);
    return true;
  } catch {
    return false;
  }
})();

let sampler: Sampler | undefined;
afterEach(async () => {
  await sampler?.close();
  sampler = undefined;
  if (existsSync(`/run/netns/${namespace}`)) ip("netns", "del", namespace);
});

const open = async (networkNamespace: string | null): Promise<Sampler> => {
  sampler = await openSampler({ networkNamespace, clock: systemClock, log: silentLog });
  return sampler;
};
const names = (sample: HostSample): string[] => sample.interfaces.map(({ name }) => name).sort();

/** Children of this process whose program is cat: the holders. */
const holders = (): string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((id) => id !== "" && existsSync(`/proc/${id}/comm`))
    .filter((id) => readFileSync(`/proc/${id}/comm`, "utf8").trim() === "cat");

const sendToItself = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.bind(0, "127.0.0.1", () => socket.send(Buffer.alloc(100), socket.address().port, "127.0.0.1"));
  socket.on("message", () => socket.close());`;

test("samples this host in the shape that travels", async () => {
  const sample = await (await open(null)).sample();
  expect(hostSample.parse(sample)).toEqual(sample);
  expect(sample.bootId).toMatch(/^[0-9a-f-]{36}$/);
  expect(sample.cpu.totalTicks).toBeGreaterThan(sample.cpu.busyTicks);
});

test("samples at whole seconds until it is closed", async () => {
  const samples: HostSample[] = [];
  const loop = startSampling({
    sampler: await open(null),
    clock: systemClock,
    log: silentLog,
    onSample: (sample) => samples.push(sample),
  });
  await expect.poll(() => samples.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  await loop.close();
  const count = samples.length;
  const seconds = samples.map(({ time }) => Math.round(time / 1_000));
  expect(new Set(seconds).size).toBe(count);
});

test.skipIf(!canMake)("watches another namespace, exactly, and leaves nothing behind", async () => {
  ip("netns", "add", namespace);
  ip("-n", namespace, "link", "set", "lo", "up");
  const watching = await open(namespace);
  const before = await watching.sample();
  expect(names(before)).toEqual(["lo"]);
  execFileSync("ip", ["netns", "exec", namespace, process.execPath, "-e", sendToItself]);
  const after = await watching.sample();
  // One datagram: 100 bytes, and headers of UDP (8) and IPv4 (20); loopback has no link-layer header.
  expect((after.interfaces[0]?.bytesOut ?? 0) - (before.interfaces[0]?.bytesOut ?? 0)).toBe(128);
  expect(holders()).toHaveLength(1);
  await watching.close();
  expect(holders()).toHaveLength(0);
});

test.skipIf(!canMake)(
  "says that the namespace is gone, lets it go, and recovers when it is back",
  async () => {
    const watching = await open(namespace);
    const missing = { code: "ResourceNotFound", message: expect.stringContaining(namespace) };
    await expect(watching.sample()).rejects.toMatchObject(missing);
    ip("netns", "add", namespace);
    expect(names(await watching.sample())).toEqual(["lo"]);
    ip("netns", "del", namespace);
    await expect(watching.sample()).rejects.toMatchObject(missing);
    expect(holders()).toHaveLength(0);
    ip("netns", "add", namespace);
    ip("-n", namespace, "link", "add", "name", "new0", "type", "veth", "peer", "name", "new1");
    expect(names(await watching.sample())).toEqual(["lo", "new0", "new1"]);
  },
);

test.skipIf(!canMake)("starts the holder again when somebody kills it", async () => {
  ip("netns", "add", namespace);
  const watching = await open(namespace);
  await watching.sample();
  for (const id of holders()) process.kill(Number(id), "SIGKILL");
  await expect.poll(async () => names(await watching.sample()).join()).toBe("lo");
  await expect.poll(() => holders().length).toBe(1);
});
