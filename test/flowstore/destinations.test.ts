// Which external addresses each interface was let out to, worked out by hand from a few tuples.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFlowBatch } from "../../src/flowlog/flow-batch.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows, rolledLaterRowsMin } from "../../src/flowstore/insert-flows.ts";
import { addUpHours } from "../../src/flowstore/later/add-up.ts";
import type { FlowType } from "../../src/traffic/classified-flows.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import { backends } from "./backends.ts";
import { someOrigin } from "./flow-rows.ts";
import { someEndpoint } from "./some-endpoint.ts";

interface Tuple {
  readonly at: string;
  readonly to: string;
  readonly type?: FlowType;
  /** Begin 0, continue 1, end 2, denied 3. */
  readonly state?: number;
  readonly direction?: number;
  readonly port?: number;
  readonly interface?: number;
}

const host = someEndpoint({
  virtualMachine: "rg/web",
  networkInterface: "rg/web-nic",
  subnet: "rg/net/front",
  subscription: "s",
});
const threat = {
  list: "feed",
  listVersion: "7",
  entry: "185.220.101.0/24",
  threatType: "Botnet",
  description: "seen often",
  firstSeen: "",
};
const types: readonly FlowType[] = ["ExternalPublic", "MaliciousFlow", "AzurePublic", "IntraVNet"];
const peers = types.map((type) =>
  someEndpoint({
    isPublic: true,
    country: "nl",
    asn: 64_500,
    asOwner: "Owner, Inc.",
    threat: type === "MaliciousFlow" ? threat : null,
  }),
);

/** `repeat` times the same, as an import writes more than the control plane does. */
async function insert(
  engine: FlowEngine,
  token: string,
  once: readonly Tuple[],
  repeat = 1,
): Promise<void> {
  const tuples = Array.from({ length: repeat }, () => once).flat();
  const batch = createFlowBatch(tuples.length);
  batch.length = tuples.length;
  batch.origins.push(someOrigin, { ...someOrigin, macAddress: "002248000002" });
  // Another rule let the same interface out.
  batch.origins.push({ ...someOrigin, rule: "AllowAll" });
  const places = new Uint32Array(tuples.length);
  for (const [row, tuple] of tuples.entries()) {
    batch.time[row] = Date.parse(tuple.at);
    readAddress("10.0.0.5", batch.source, row * 4);
    readAddress(tuple.to, batch.destination, row * 4);
    batch.destinationPort[row] = tuple.port ?? 443;
    batch.protocol[row] = 6;
    batch.direction[row] = tuple.direction ?? 1;
    batch.state[row] = tuple.state ?? 0;
    batch.origin[row] = tuple.interface ?? 0;
    places[row] = types.indexOf(tuple.type ?? "ExternalPublic");
  }
  const classes = {
    source: new Uint32Array(tuples.length),
    destination: places.map((place) => place + 1),
    verdict: places,
    l7Protocol: new Uint32Array(tuples.length),
    l7Protocols: [""],
    endpoints: [host, ...peers],
    verdicts: types.map((flowType) => ({
      flowType,
      publicSide: "destination" as const,
      reason: "as told",
    })),
    dataVersion: "1",
  };
  await insertFlows(engine, batch, classes, { token });
}

/** A Wednesday, so that the week began on Monday the 16th. */
const day = "2026-11-18";
const address = "13.67.42.7";

describe.each(backends)("on the $kind engine", ({ missing, open }) => {
  if (missing !== null) {
    test.skip(missing, () => {});
    return;
  }
  let engine: FlowEngine;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ engine, remove } = await open());
    const first: Tuple[] = [
      { at: `${day}T12:00:00Z`, to: address },
      { at: `${day}T12:00:01Z`, to: address, state: 1 },
      { at: `${day}T12:00:02Z`, to: address, state: 2, port: 80, interface: 2 },
      { at: `${day}T12:00:03Z`, to: address, interface: 1 },
      { at: `${day}T12:00:04Z`, to: "185.220.101.1", type: "MaliciousFlow" },
      { at: `${day}T12:00:05Z`, to: "2001:db8::7" },
      // Not let out, not outbound, not external.
      { at: `${day}T12:00:06Z`, to: "9.9.9.1", state: 3 },
      { at: `${day}T12:00:06Z`, to: "9.9.9.2", direction: 0 },
      { at: `${day}T12:00:06Z`, to: "20.60.4.1", type: "AzurePublic" },
      { at: `${day}T12:00:06Z`, to: "10.0.0.9", type: "IntraVNet" },
    ];
    await insert(engine, "first", first);
    await insert(engine, "first", first);
    // Late, and of the week before.
    await insert(engine, "late", [
      { at: `${day}T11:00:00Z`, to: address },
      { at: "2026-11-15T23:59:59Z", to: address },
    ]);
  });
  afterAll(() => remove());

  const seen = (table: string, more: string): Promise<unknown[]> =>
    engine.rows({
      sql: `SELECT formatDateTime(WeekStart, '%d') AS week, MacAddress AS mac, ${more}formatDateTime(FirstSeen, '%d %T') AS first,
        formatDateTime(LastSeen, '%d %T') AS last
        FROM ${table} ORDER BY ALL`,
    });

  test("first and last seen, by interface, address and week", async () => {
    const of = { week: "16", mac: "002248712CB2" };
    const alone = (ip: string, clock: string) => ({ ip, first: clock, last: clock });
    await expect
      .poll(() => seen("NightcapDestinations", "DestIp AS ip, "))
      .toEqual([
        { week: "09", mac: of.mac, ...alone(address, "15 23:59:59") },
        { week: "16", mac: "002248000002", ...alone(address, "18 12:00:03") },
        {
          ...of,
          ip: address,
          first: "18 11:00:00",
          last: "18 12:00:02",
        },
        { ...of, ...alone("185.220.101.1", "18 12:00:04") },
        { ...of, ...alone("2001:db8::7", "18 12:00:05") },
      ]);
  });

  test("the hosts alone", async () => {
    await expect
      .poll(() => seen("NightcapHosts", ""))
      .toMatchObject([
        { week: "09", mac: "002248712CB2" },
        { week: "16", mac: "002248000002", first: "18 12:00:03", last: "18 12:00:03" },
        { week: "16", mac: "002248712CB2", first: "18 11:00:00", last: "18 12:00:05" },
      ]);
  });

  test("what is known of both sides", async () => {
    const [row] = await engine.rows({
      sql: `SELECT * EXCEPT (WeekStart, FirstSeen, LastSeen, TimeGenerated, TimeProcessed, FirstProcessed)
        FROM NightcapDestinations WHERE FlowType = 'MaliciousFlow'`,
    });
    expect(row).toEqual({
      SrcVm: "rg/web",
      SrcNic: "rg/web-nic",
      SrcSubnet: "rg/net/front",
      SrcSubscription: "s",
      VirtualMachineId:
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web",
      DestIp: "185.220.101.1",
      DestCountry: "nl",
      DestAsn: 64_500,
      DestAsOwner: "Owner, Inc.",
      FlowType: "MaliciousFlow",
      ThreatType: "Botnet",
      ThreatDescription: "seen often",
      ThreatList: "feed",
      ThreatEntry: "185.220.101.0/24",
      FlowLogResourceId: someOrigin.flowLogId,
      TargetResourceId: someOrigin.targetId,
      MacAddress: someOrigin.macAddress,
    });
  });

  test("a condition on an address finds its rows by the primary key", async () => {
    const plan = await engine.rows<{ explain: string }>({
      sql: `EXPLAIN indexes = 1 SELECT LastSeen FROM NightcapDestinations WHERE DestIp = '${address}' AND WeekStart > '2026-11-10'`,
    });
    const text = plan.map(({ explain }) => explain).join("\n");
    if (engine.kind === "embedded") expect(text).toMatch(/Condition: .*address/);
  });

  test("what is imported by the hundred thousand is there with its roll-ups, and once however often they are made", async () => {
    // On a cluster nothing is rolled up later.
    if (engine.kind === "cluster") return;
    const before = await seen("NightcapDestinations", "DestIp AS ip, ");
    const ip = "9.9.9.3";
    const at = (clock: string): Tuple[] => [{ at: `2026-11-11T${clock}Z`, to: ip }];
    await insert(engine, "imported", at("10:00:00"), rolledLaterRowsMin);
    expect(await addUpHours(engine, { nowMs: Date.now() })).toBe(1);
    // Lets the hour be added up anew.
    await insert(engine, "more", at("10:30:00"));
    expect(await addUpHours(engine, { nowMs: Date.now() })).toBe(1);
    const of = { week: "09", mac: "002248712CB2", ip, first: "11 10:00:00", last: "11 10:30:00" };
    const after = await seen("NightcapDestinations", "DestIp AS ip, ");
    expect(after).toEqual([before[0], of, ...before.slice(1)]);
  });
});
