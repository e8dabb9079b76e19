import type { HostSample, InterfaceCounters } from "./sample.ts";

/** Readers of /proc's text. They never throw: what they cannot read is left out, or zero. */

const interfaceCountMax = 1_024;
const interfaceNameLengthMax = 15;
const sectorSizeBytes = 512;

const number = (text: string | undefined): number =>
  text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : 0;

const fields = (line: string): string[] => line.trim().split(/\s+/);

/** /proc/net/dev: two lines of heading, then `name: 8 received, 8 sent`. */
export function parseNetDev(text: string): InterfaceCounters[] {
  const found: InterfaceCounters[] = [];
  for (const line of text.split("\n")) {
    const colon = line.lastIndexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim();
    const values = fields(line.slice(colon + 1));
    if (name === "" || name.length > interfaceNameLengthMax || values.length < 16) continue;
    if (values.some((value) => !/^\d+$/.test(value))) continue;
    found.push({
      name,
      bytesIn: number(values[0]),
      packetsIn: number(values[1]),
      bytesOut: number(values[8]),
      packetsOut: number(values[9]),
    });
    if (found.length === interfaceCountMax) break;
  }
  return found;
}

/** /proc/stat's first line, in ticks: user nice system idle iowait irq softirq steal (guest time is in user). */
export function parseCpu(text: string): HostSample["cpu"] {
  const line = text.split("\n").find((candidate) => candidate.startsWith("cpu "));
  const ticks = fields(line ?? "")
    .slice(1, 9)
    .map(number);
  const totalTicks = ticks.reduce((sum, value) => sum + value, 0);
  const idleTicks = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busyTicks: totalTicks - idleTicks, totalTicks };
}

/** /proc/meminfo's MemAvailable, in bytes; before Linux 3.14 MemFree is the nearest there is. */
export function parseMemoryAvailable(text: string): number {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return number(value("MemAvailable") ?? value("MemFree")) * 1024;
}

/** Whole physical disks. Partitions, loop, ram, device mapper, RAID and optical devices would count twice or are none. */
const physicalDisk =
  /^(?:[sv]d[a-z]{1,4}|hd[a-z]|xvd[a-z]{1,4}|nvme\d+n\d+|mmcblk\d+|dasd[a-z]{1,4}|pmem\d+|ubd[a-z])$/;

/** /proc/diskstats summed over physical disks. A sector is 512 bytes here, whatever the disk's own size. */
export function parseDiskStats(text: string): HostSample["disk"] {
  const disk = { readBytes: 0, writtenBytes: 0, readOperations: 0, writeOperations: 0 };
  for (const line of text.split("\n")) {
    const values = fields(line);
    if (values.length < 14 || !physicalDisk.test(values[2] ?? "")) continue;
    disk.readOperations += number(values[3]);
    disk.readBytes += number(values[5]) * sectorSizeBytes;
    disk.writeOperations += number(values[7]);
    disk.writtenBytes += number(values[9]) * sectorSizeBytes;
  }
  return disk;
}
