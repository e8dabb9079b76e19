import { expect, test } from "vitest";
import { rowWiseTable } from "../../../src/alert/preview/row-wise.ts";

test.each([
  "NightcapFlows",
  'NightcapFlows\n| where FlowStatus == "Denied" // union x\n| extend Port = tostring(DestPort);',
  'NightcapFlows | where DestPort in (22, 3389) and SrcIp !in ("10.0.0.1") | project TimeGenerated, SrcIp',
  'NightcapFlows | where TimeGenerated > datetime(2026-11-22) and SrcIp has "|" | project-away DestIp',
])("a query that looks at each row by itself: %s", (query) => {
  expect(rowWiseTable(query)).toBe("NightcapFlows");
});

test.each([
  "NightcapFlows | summarize count() by SrcIp",
  "NightcapFlows | where TimeGenerated > ago(1h)",
  "NightcapFlows | extend TimeGenerated = datetime(2026-11-22)",
  'NightcapFlows | extend ["TimeGenerated"] = datetime(2026-11-22)',
  "NightcapFlows | project-rename TimeGenerated = FlowStartTime",
  "NightcapFlows | where SrcIp in ((Others | project Ip))",
  "NightcapFlows | where SrcIp in (Others)",
  "NightcapFlows | top 5 by Bytes",
  "NightcapFlows | join Others on SrcIp",
  "union NightcapFlows, Others",
  "let x = 5; NightcapFlows | where DestPort == x",
  "NightcapFlows | where toscalar(Others | count) > 1",
  "NightcapFlows | where rand() < 0.5",
  'NightcapFlows | where Name == @"a|b"',
  'NightcapFlows | where Url has "http://x" | summarize count()',
  "NightcapFlows | serialize | extend Before = prev(Bytes)",
  "print 1",
  "",
])("a query of which that is not certain: %s", (query) => {
  expect(rowWiseTable(query)).toBeNull();
});
