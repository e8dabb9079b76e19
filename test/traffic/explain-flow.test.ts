import { expect, test } from "vitest";
import { createClassifier } from "../../src/traffic/classify/classifier.ts";
import { explainFlow } from "../../src/traffic/explain/explain-flow.ts";
import { readFlowText } from "../../src/traffic/explain/flow-text.ts";
import { formatAddress } from "../../src/flowlog/address-text.ts";
import { batchOf } from "./flow-batches.ts";
import { trafficDataOf } from "./traffic-fixtures.ts";

const data = trafficDataOf();

test("a flow is asked for by five words, a tuple of any format, or an address", () => {
  const read = (text: string): unknown[] => {
    const { source, destination, destinationPort, protocol, direction } = readFlowText(text);
    return [
      formatAddress(source, 0),
      destination && formatAddress(destination, 0),
      destinationPort,
      protocol,
      direction,
    ];
  };
  const wanted = ["10.0.0.4", "13.67.143.118", 443, 6, "O"];
  expect(read("10.0.0.4 13.67.143.118 443 T O")).toEqual(wanted);
  expect(read("1542110377,10.0.0.4,13.67.143.118,44931,443,T,O,A")).toEqual(wanted);
  expect(read('"1542110377,10.0.0.4,13.67.143.118,44931,443,T,O,A,C,1,2,3,4"')).toEqual(wanted);
  expect(read("1663146003599,10.0.0.4,13.67.143.118,44931,443,6,O,B,NX,0,0,0,0")).toEqual(wanted);
  expect(read(" ::1   fe80::1 53 u ")).toEqual(["::1", "fe80::1", 53, 17, ""]);
  expect(read("5.5.5.5")).toEqual(["5.5.5.5", null, null, 6, ""]);
});

test.each([
  "",
  "a",
  "1.1.1.1 b",
  "1.1.1.1 2.2.2.2 65536",
  "1.1.1.1 2.2.2.2 1 X",
  "1.1.1.1 2.2.2.2 1 T X",
  "1.1.1.1 2.2.2.2 1 T I more",
  "1,2,3",
  ",,,,,,",
])("%j is no flow, and the message says why", (text) => {
  expect(() => readFlowText(text)).toThrow(/is no flow: .*; give "SRC DST PORT/);
});

test("the steps go in the order that decides, up to what decided", () => {
  const { steps } = explainFlow(data, readFlowText("10.0.1.4 5.5.5.5 443"));
  expect(steps.map(({ question, found }) => `${question} ${found}`)).toMatchInlineSnapshot(`
    [
      "Is the source 10.0.1.4 in the topology? yes, in subnet shop/hub/web (10.0.1.0/24)",
      "Is the destination 5.5.5.5 in the topology? no virtual network, site or client pool has it",
      "Is the destination 5.5.5.5 one of the Internet? yes, it is in no special network",
      "Is the destination 5.5.5.5 one's own? no customer-owned prefix has it",
      "Is the destination 5.5.5.5 Azure's? no, it is in none of 9 prefixes",
      "Is the destination 5.5.5.5 on a threat list? yes, threat list first as 5.5.5.5 (C2, seen attacking, first seen 2026-01-02T00:00:00.000Z); threat list second as 5.5.5.0/24 (C2, seen attacking, first seen 2026-01-02T00:00:00.000Z)",
      "Together MaliciousFlow: The destination is on a threat list: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is on threat list first as 5.5.5.5 (C2, seen attacking, first seen 2026-01-02T00:00:00.000Z), in no Azure range.",
    ]
  `);
});

test("each kind of address has its own end of the steps", () => {
  const ends = [
    "192.168.1.1",
    "100.64.9.9",
    "168.63.129.16",
    "20.60.4.9",
    "20.60.5.1",
    "9.9.9.9",
    "1.1.1.1",
  ];
  const found = ends.map((address) => {
    const { steps } = explainFlow(data, readFlowText(address));
    return `${address}: ${steps
      .slice(-2)
      .map((step) => step.found)
      .join(" | ")}`;
  });
  expect(found).toMatchInlineSnapshot(`
    [
      "192.168.1.1: yes, in site Hamburg (192.168.0.0/16) behind a VPN gateway, connection to-hamburg",
      "100.64.9.9: no virtual network, site or client pool has it | no, it is an address shared by a carrier's customers (RFC 6598) (100.64.0.0/10)",
      "168.63.129.16: yes, Azure's platform address in every virtual network | no, on none of 2",
      "20.60.4.9: yes, service tag Storage.WestEurope (20.60.4.0/24) | yes, threat list first as 20.60.4.9 (Botnet, seen attacking)",
      "20.60.5.1: service tag AzureCloud.westeurope (20.60.4.0/23) has it, but one's own address does not count | yes, threat list first as 20.60.5.1 (Botnet, seen attacking)",
      "9.9.9.9: no, it is in none of 9 prefixes | threat list first as 9.9.9.9 (Botnet, seen attacking), but the allow list overrules it",
      "1.1.1.1: no, it is in none of 9 prefixes | no, on none of 2",
    ]
  `);
});

test("the verdict is the classifier's", () => {
  const pairs = [
    ["10.0.1.4", "5.5.5.5"],
    ["20.60.4.9", "10.1.0.1"],
    ["1.1.1.1", "10.0.1.4"],
    ["10.0.1.4", "192.168.1.1"],
  ] as const;
  for (const [source, destination] of pairs) {
    const { verdicts, endpoints } = createClassifier(data)(batchOf({ source, destination }));
    const explanation = explainFlow(data, readFlowText(`${source} ${destination} 443`));
    expect(explanation.verdict).toEqual(verdicts[0]);
    expect([explanation.source, explanation.destination]).toEqual(endpoints);
  }
});

test("without lists and tags nothing is claimed about them", () => {
  const bare = trafficDataOf({ serviceTags: null, threatLists: [] });
  const { verdict, steps } = explainFlow(bare, readFlowText("10.0.1.4 5.5.5.5 443"));
  expect(verdict?.reason).toContain("without service tags to ask and without threat lists to ask");
  expect(steps.map(({ found }) => found)).toContain("not known: no service tags are loaded");
});
