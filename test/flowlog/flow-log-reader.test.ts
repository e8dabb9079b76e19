import { describe, expect, test } from "vitest";
import { readLog, totals } from "./read-log.ts";
import {
  nsgBandwidth,
  nsgEmptyFlows,
  nsgRecord,
  nsgV1Nested,
  nsgV2,
  vnetBandwidth,
  vnetFlowLog,
  vnetTarget,
  vnetTuples,
  vnetV4,
} from "./samples.ts";

describe("what Microsoft's pages show", () => {
  test("version 1 of NSG flow logs has decisions only, and records may hold records", () => {
    const { tuples, rows, summary } = readLog(JSON.stringify(nsgV1Nested));
    expect(tuples).toEqual([
      "1487282421000,192.0.2.95,10.1.0.4,51529,5358,6,I,D,,0,0,0,0",
      "1487282370000,192.0.2.17,10.1.0.4,61771,3389,6,I,B,,0,0,0,0",
      "1487282481000,198.51.100.194,10.1.0.4,53,1732,17,I,D,,0,0,0,0",
    ]);
    expect(rows.map(({ origin }) => origin?.rule)).toEqual([
      "DefaultRule_DenyAllInBound",
      "UserRule_default-allow-rdp",
      "UserRule_default-allow-rdp",
    ]);
    expect(rows[0]?.origin).toMatchObject({ version: 1, macAddress: "000D3AF8801A" });
    expect(rows[0]?.origin?.aclId).toBe(rows[0]?.origin?.flowLogId);
    expect(summary).toMatchObject({ records: 2, rows: 3, isComplete: true, failure: null });
  });

  test("version 2 has states and counters, and a denied flow that began is denied", () => {
    const { tuples, rows } = readLog(JSON.stringify(nsgV2));
    expect(tuples).toEqual([
      "1542110402000,192.0.2.190,10.5.16.4,28746,443,17,I,D,,0,0,0,0",
      "1542110377000,10.5.16.4,203.0.113.118,59831,443,6,O,B,,0,0,0,0",
      "1542110379000,10.5.16.4,203.0.113.117,59932,443,6,O,E,,1,66,1,66",
      "1542110379000,10.5.16.4,203.0.113.115,44931,443,6,O,C,,30,16978,24,14008",
    ]);
    expect(rows[0]?.origin?.version).toBe(2);
  });

  test("rules without flows are passed over", () => {
    const { tuples, rows } = readLog(JSON.stringify(nsgEmptyFlows, null, 2));
    expect(tuples).toEqual(["1497646738000,13.82.225.93,10.0.0.4,1180,80,6,I,B,,0,0,0,0"]);
    expect(rows[0]?.origin?.rule).toBe("UserRule_web-rule");
  });

  test("VNet flow logs come with an access list and a rule", () => {
    const { tuples, rows } = readLog(JSON.stringify(vnetV4, null, "\t"));
    expect(tuples).toHaveLength(6);
    expect(tuples[1]).toBe("1663146003606,10.0.0.6,52.239.184.180,23956,443,6,O,E,NX,3,767,2,1580");
    expect(rows.map(({ origin }) => origin?.aclId)).toEqual([
      "00000000-1234-abcd-ef00-c1c2c3c4c5c6",
      "00000000-1234-abcd-ef00-c1c2c3c4c5c6",
      "/subscriptions/sub-id/networkSecurityGroups/example-nsg",
      "/subscriptions/sub-id/networkSecurityGroups/example-nsg",
      "00000000-0000-0000-0000-000000000000",
      "unspecified",
    ]);
    expect(rows[3]?.origin).toEqual({
      version: 4,
      flowLogId: vnetFlowLog,
      targetId: vnetTarget,
      macAddress: "00224871C205",
      aclId: "/subscriptions/sub-id/networkSecurityGroups/example-nsg",
      rule: "Internet",
    });
  });

  test.each([
    ["NSG", nsgRecord(2, [{ rule: "r", flows: [{ flowTuples: nsgBandwidth }] }])],
    ["VNet", vnetTuples(...vnetBandwidth)],
  ])("the conversation of the %s page has 9,125 packets and 5,256,000 bytes", (_, record) => {
    const { tuples } = readLog(JSON.stringify({ records: [record] }));
    expect(tuples.map((tuple) => tuple.split(",")[7])).toEqual(["B", "C", "E"]);
    expect(totals(tuples)).toEqual({ packets: 9_125, bytes: 5_256_000 });
  });
});
