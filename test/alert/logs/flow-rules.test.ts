import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { flowRules } from "../../../src/alert/logs/flow-rules.ts";
import {
  type LogBed,
  machineId,
  openLogBed,
  ruleIdOf,
  subscription,
  type Tuple,
} from "./log-bed.ts";

let bed: LogBed;
const day = 86_400;
const machine = "10.0.0.4";

beforeAll(async () => {
  bed = await openLogBed();
}, 60_000);
beforeEach(async () => {
  await bed.reset();
  await forgetFlows();
});
afterAll(() => bed.close());

async function forgetFlows(): Promise<void> {
  for (const table of ["flow", "flow_destination"]) await bed.sql(`TRUNCATE TABLE ${table}`);
}

/** Lets all rows have come at the time that they are of. */
async function cameWhenSeen(): Promise<void> {
  const all = "WHERE 1 SETTINGS mutations_sync = 1";
  await bed.sql(`ALTER TABLE flow UPDATE ingested = toDateTime(time) ${all}`);
  await bed.sql(
    `ALTER TABLE flow_destination UPDATE firstProcessed = toDateTime(firstSeen), lastProcessed = toDateTime(lastSeen) ${all}`,
  );
}

/** What a rule fires on, over rows that came before and rows that have just come. */
async function fired(
  name: string,
  fresh: (now: number) => Tuple[],
  before?: (now: number) => Tuple[],
) {
  const now = Math.floor(Date.now() / 1_000);
  if (before) {
    await bed.insert(before(now));
    await cameWhenSeen();
  }
  await bed.insert(fresh(now));
  const [row] = await bed.sql<{ last: number }>(
    "SELECT toUnixTimestamp(max(ingested)) AS last FROM flow",
  );
  const rule = flowRules.find((each) => each.name === name);
  bed.rules = [{ id: ruleIdOf(name), properties: { ...rule?.properties, scopes: [subscription] } }];
  // The end of the window that the rows have come in.
  const frequency = name === "nightcap-malicious-flow" ? 15 : 60;
  await bed.at(bed.newEngine(), (Math.floor((row?.last ?? 0) / frequency) + 1) * frequency);
  expect((await bed.status(name))?.failure ?? null).toBeNull();
  const rows = bed.told.map(({ targetResourceId, criteria }) => [
    criteria[0]?.dimensions.map(({ value }) => value).join(),
    criteria[0]?.metricValue,
    targetResourceId,
  ]);
  return rows.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
}
const many = (count: number, tuple: (index: number) => Tuple): Tuple[] =>
  Array.from({ length: count }, (_, index) => tuple(index));

test("a malicious flow that was allowed, also one that comes late, with all that is known of it", async () => {
  const rows = await fired("nightcap-malicious-flow", (now) => [
    { second: now - 1_800, from: machine, to: "198.51.100.7", type: "MaliciousFlow" },
    { second: now - 2, from: "198.51.100.8", to: machine, type: "MaliciousFlow", denied: true },
    { second: now - 2, from: machine, to: "203.0.113.1" },
  ]);
  expect(rows).toEqual([["198.51.100.7", 1, machineId]]);
  expect(bed.told[0]?.criteria[0]?.logs?.flows).toEqual([
    {
      SrcIp: machine,
      DestIp: "198.51.100.7",
      DestPort: 443,
      L4Protocol: "T",
      FlowDirection: "Outbound",
      FlowStatus: "Allowed",
      FlowType: "MaliciousFlow",
      AclRule: "DefaultRule_AllowInternetOutBound",
      ThreatType: "Botnet",
      ThreatDescription: "seen often",
      ThreatList: "feed",
      ThreatEntry: "198.51.100.0/24",
      Reason: "as told",
      resourceId: machineId,
      rowCount: 1,
    },
  ]);
});

test("a destination that the host did not have, and none in its first day", async () => {
  const known = (now: number): Tuple[] => [
    { second: now - 3 * day, from: machine, to: "203.0.113.1" },
    { second: now - 20 * day, from: machine, to: "203.0.113.2" },
  ];
  const fresh = (now: number): Tuple[] => [
    { second: now, from: machine, to: "203.0.113.1" },
    { second: now, from: machine, to: "203.0.113.2" }, // forgotten
    { second: now, from: machine, to: "203.0.113.3" },
    { second: now, from: "203.0.113.4", to: machine }, // comes in
    { second: now, from: machine, to: "203.0.113.5", denied: true },
    { second: now, from: machine, to: "10.0.0.9", type: "IntraVNet" },
  ];
  const rows = await fired("nightcap-new-destination", fresh, known);
  expect(rows).toEqual([
    ["203.0.113.2", 1, machineId],
    ["203.0.113.3", 1, machineId],
  ]);
  await bed.reset();
  await forgetFlows();
  const yesterday = (now: number): Tuple[] => [
    { second: now - day / 2, from: machine, to: "203.0.113.1" },
  ];
  expect(await fired("nightcap-new-destination", fresh, yesterday)).toEqual([]);
});

test("rows that come late: a destination is new once, and known by a late row as by another", async () => {
  const rows = await fired(
    "nightcap-new-destination",
    (now) => [
      { second: now - 3 * 3_600, from: machine, to: "203.0.113.3" }, // kept while the host was cut off
      { second: now - 9 * day, from: machine, to: "203.0.113.4" },
      { second: now - 9 * day, from: machine, to: "203.0.113.1" }, // known since: it came first
      { second: now - 20 * day, from: machine, to: "203.0.113.5" }, // of a time that is forgotten
      { second: now, from: machine, to: "203.0.113.6" },
    ],
    (now) => [
      { second: now - 20 * day, from: machine, to: "203.0.113.6" },
      { second: now - 13 * day, from: machine, to: "203.0.113.6" }, // the end of 14 days is within a week
      { second: now - 3 * day, from: machine, to: "203.0.113.1" },
    ],
  );
  expect(rows).toEqual([
    ["203.0.113.3", 1, machineId],
    ["203.0.113.4", 1, machineId],
  ]);
});

test("a window that is looked at late sees what was known at its end", async () => {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const end = now - 2 * 3_600;
  const to = "203.0.113.1";
  const insertAll = async (tuples: readonly Tuple[]): Promise<void> => {
    for (const tuple of tuples) await bed.insert([tuple]);
    await cameWhenSeen();
  };
  await insertAll([
    { second: end - 2 * day, from: machine, to },
    { second: end - 30, from: machine, to },
    { second: end - 30, from: machine, to: "203.0.113.9" },
    // After the window.
    { second: end + 60, from: machine, to },
    { second: end + 60, from: machine, to: "203.0.113.9" },
  ]);
  const name = "nightcap-new-destination";
  const rule = flowRules.find((each) => each.name === name);
  bed.rules = [{ id: ruleIdOf(name), properties: { ...rule?.properties, scopes: [subscription] } }];
  await bed.at(bed.newEngine(), end);
  const told = bed.told.map(({ criteria }) => criteria[0]?.dimensions.map(({ value }) => value));
  expect(told).toEqual([["203.0.113.9"]]);
});

test("a burst of denied flows, unless the source always has as many", async () => {
  const deny = (now: number, from: string, count: number): Tuple[] =>
    many(count, () => ({ second: now, from, to: machine, port: 22, denied: true }));
  const rows = await fired(
    "nightcap-denied-burst",
    (now) => [
      ...deny(now, "192.0.2.1", 101),
      ...deny(now, "192.0.2.2", 100),
      ...deny(now, "192.0.2.3", 150),
    ],
    // 16 a minute: 150 are not ten times that.
    (now) =>
      many(24_000, (index) => ({
        second: now - 100 - index * 3,
        from: "192.0.2.3",
        to: machine,
        denied: true,
      })),
  );
  expect(rows).toEqual([["192.0.2.1", 101, machineId]]);
});

test("a scan of many ports and one of many hosts", async () => {
  const rows = await fired("nightcap-scan", (now) => [
    ...many(60, (index) => ({
      second: now,
      from: "192.0.2.1",
      to: machine,
      port: 1_000 + index,
      denied: true,
    })),
    ...many(55, (index) => ({
      second: now,
      from: machine,
      to: `10.0.1.${index}`,
      port: 22,
      type: "IntraVNet" as const,
    })),
    ...many(500, (index) => ({
      second: now,
      from: "192.0.2.3",
      to: machine,
      port: 443 + (index % 40),
    })),
  ]);
  expect(rows).toEqual([
    [machine, 55, machineId],
    ["192.0.2.1", 60, machineId],
  ]);
});
