import { expect, test } from "vitest";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import type { OwnerFigures } from "../../src/common/owner-figures.ts";
import { createOwnerMetrics } from "../../src/server/owner-metrics.ts";

const figures = (change: Partial<OwnerFigures>): OwnerFigures => ({
  scans: 0,
  scansDelayed: 0,
  sockets: 0,
  missedSockets: 0,
  liveSockets: 0,
  overflow: 0,
  eventLosses: 0,
  cpuMilliseconds: 0,
  ...change,
});

test("figures of hosts are added up, over restarts of a watch, and the greatest share is told", async () => {
  let now = 0;
  const metrics = createProcessMetrics();
  const owners = createOwnerMetrics(metrics, { now: () => now, sleep: async () => {} });
  const valueOf = async (name: string): Promise<number> => {
    const line = new RegExp(`^nightcap_owner_${name} (\\S+)$`, "m");
    return Number(line.exec((await metrics.text()).body)?.[1]);
  };
  owners.take("one", figures({ scans: 100, missedSockets: 7, cpuMilliseconds: 1_000 }));
  owners.take("two", figures({ scans: 3, liveSockets: 5 }));
  expect([await valueOf("scans_total"), await valueOf("hosts")]).toEqual([0, 2]);
  now = 1_000;
  owners.take("one", figures({ scans: 101, missedSockets: 9, cpuMilliseconds: 1_010 }));
  now = 10_000;
  owners.take("one", figures({ scans: 110, missedSockets: 9, cpuMilliseconds: 1_200 }));
  owners.take("two", figures({ scans: 13, liveSockets: 6, cpuMilliseconds: 100 }));
  expect(await valueOf("scans_total")).toBe(20);
  expect(await valueOf("missed_sockets_total")).toBe(2);
  expect(await valueOf("cpu_seconds_total")).toBeCloseTo(0.3);
  expect(await valueOf("cpu_share_max")).toBeCloseTo(0.02);
  expect(await valueOf("sockets")).toBe(6);
  // The agent was started again.
  owners.take("one", figures({ scans: 4, missedSockets: 1, cpuMilliseconds: 50 }));
  expect(await valueOf("scans_total")).toBe(24);
  expect(await valueOf("missed_sockets_total")).toBe(3);
  owners.away("one");
  expect(await valueOf("hosts")).toBe(1);
  // What it did while it was away is told when it is back.
  owners.take("one", figures({ scans: 10, missedSockets: 1, cpuMilliseconds: 60 }));
  expect([await valueOf("scans_total"), await valueOf("hosts")]).toEqual([30, 2]);
});
