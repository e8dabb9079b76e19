// Azure's filter expressions (Microsoft Learn, "Filter virtual network flow logs").
import { expect, test } from "vitest";
import { compileFlowFilter } from "../../src/flowlog/flow-filter.ts";

const tuples = {
  web: "1795229274449,10.0.0.4,198.51.100.80,43844,443,6,O,B,NX,0,0,0,0",
  dns: "1795229274450,10.0.0.4,10.0.0.2,5353,53,17,O,E,X,1,60,1,90",
  scan: "1795229274451,2001:db8::9,2001:db8:1::4,4000,22,6,I,D,NX_NOT_SUPPORTED,1,60,0,0",
};
const kept = (criteria: string | null, recordTypes: string[] = ["B", "C", "E", "D"]): string => {
  const filter = compileFlowFilter({ recordTypes, criteria });
  return Object.entries(tuples)
    .flatMap(([name, tuple]) => (filter(tuple) ? [name] : []))
    .join(" ");
};

test.each([
  [null, "web dns scan"],
  ["dstPort=443", "web"],
  ["DSTPORT = 20-60, 443", "web dns scan"],
  ["dstip=198.51.100.80 || DstPort=53", "web dns"],
  ["SrcIP=10.0.0.0/8 && Protocol=udp", "dns"],
  ["SrcIP=2001:db8::1/64", "scan"],
  ["SrcIP!=10.0.0.4", "scan"],
  ["Direction=inbound || Direction=Outbound && Protocol=TCP", "web scan"],
  ["Encryption=NX_ALL", "web scan"],
  ["Encryption!=X,NX", "scan"],
  ["Action=Deny", "scan"],
  ["SrcPort!=0-43843", "web"],
])("%s keeps %s", (criteria, names) => {
  expect(kept(criteria)).toBe(names);
});

test("record types are chosen by state", () => {
  expect([kept(null, ["D"]), kept("Protocol=TCP", ["B", "E"]), kept(null, [])]).toEqual([
    "scan",
    "web",
    "",
  ]);
});

test.each([
  "",
  "dstPort",
  "dstPort=",
  "dstPort=70000",
  "dstPort=9-1",
  "dstPort==1",
  "(dstPort=1)",
  "dstIP=10.0.0.0/33",
  "dstIP=10.0.0.256",
  "dstIP=::1/129",
  "dstIP=example.org",
  "constructor=1",
  "direction=constructor",
  "protocol=icmp",
  "a=1 || ",
  "dstPort=1 &&& srcPort=2",
])("%j is refused", (criteria) => {
  expect(() => compileFlowFilter({ recordTypes: [], criteria })).toThrow("filter term");
});
