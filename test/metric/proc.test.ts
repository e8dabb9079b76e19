import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  parseCpu,
  parseDiskStats,
  parseMemoryAvailable,
  parseNetDev,
} from "../../src/metric/proc.ts";

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0:18446744073709551615 20 0 0 0 0 0 0 4000 40 0 0 0 0 0 0
 broken: 1 2 3
toolongname12345: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
 minus: -1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
`;

test("reads interfaces, also where the number touches the colon, and leaves out damaged lines", () => {
  expect(parseNetDev(netDev)).toEqual([
    { name: "lo", bytesIn: 1000, packetsIn: 10, bytesOut: 1000, packetsOut: 10 },
    { name: "eth0", bytesIn: 2 ** 64, packetsIn: 20, bytesOut: 4000, packetsOut: 40 },
  ]);
});

test("counts idle and waiting as not busy, and guest time once", () => {
  expect(parseCpu("cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 1 1 1\n")).toEqual({
    busyTicks: 81,
    totalTicks: 531,
  });
});

test("reads available memory in bytes, or free memory on an old kernel", () => {
  expect(parseMemoryAvailable("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:   2 kB\n")).toBe(2_048);
  expect(parseMemoryAvailable("MemTotal: 9 kB\nMemFree: 1 kB\n")).toBe(1_024);
});

test("adds up whole physical disks only", () => {
  const line = (name: string): string => `   8  0 ${name} 1 0 2 0 3 0 4 0 0 0 0 0 0 0 0 0 0`;
  const physical = ["sda", "vda", "nvme0n1", "mmcblk0", "xvdb"];
  const others = ["sda1", "nvme0n1p1", "mmcblk0p2", "loop0", "ram1", "dm-0", "md0", "sr0", "zram0"];
  expect(parseDiskStats([...physical, ...others].map(line).join("\n"))).toEqual({
    readBytes: 5 * 2 * 512,
    writtenBytes: 5 * 4 * 512,
    readOperations: 5,
    writeOperations: 5 * 3,
  });
});

test("reads this machine's own files", () => {
  expect(parseNetDev(readFileSync("/proc/net/dev", "latin1")).map(({ name }) => name)).toContain(
    "lo",
  );
  expect(parseCpu(readFileSync("/proc/stat", "latin1")).totalTicks).toBeGreaterThan(0);
  expect(parseMemoryAvailable(readFileSync("/proc/meminfo", "latin1"))).toBeGreaterThan(1 << 20);
});

test("never throws and never gives what is not a number from 0", () => {
  const words = fc.constantFrom(
    ":",
    "cpu ",
    "eth0",
    "sda",
    "1",
    "-1",
    "99999999999999999999999",
    "x",
    "\n",
    " ",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words).map((list) => list.join(" ")),
  );
  fc.assert(
    fc.property(text, (content) => {
      const numbers = [
        ...parseNetDev(content).flatMap(({ bytesIn, bytesOut }) => [bytesIn, bytesOut]),
        ...Object.values(parseCpu(content)),
        ...Object.values(parseDiskStats(content)),
        parseMemoryAvailable(content),
      ];
      for (const number of numbers) expect(number).toBeGreaterThanOrEqual(0);
    }),
  );
});
