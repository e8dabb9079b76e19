import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import { newCounters } from "../../src/flowmeter/counters.ts";
import { exposeFlowMeter } from "../../src/flowmeter/meter-metrics.ts";
import { kernelProblems } from "../../src/flowmeter/health.ts";
import { parseRuleMarks } from "../../src/flowmeter/nft.ts";
import { flowMeterSettings } from "../../src/flowmeter/settings.ts";

test("what the kernel lost is in the metrics", async () => {
  const metrics = createProcessMetrics();
  exposeFlowMeter(metrics, () => ({
    state: "degraded",
    engine: "conntrack",
    problems: [{ what: "a", remedy: "b" }],
    flowCount: 7,
    kernelFlowCount: 8,
    kernelFlowCountMax: 9,
    counters: { ...newCounters(), eventLossesTotal: 3 },
  }));
  const { body } = await metrics.text();
  expect(body).toContain("\nnightcap_flowmeter_event_losses_total 3\n");
  expect(body).toContain("\nnightcap_flowmeter_flows 7\n");
  expect(body).toContain("\nnightcap_flowmeter_problems 1\n");
});

test("a kernel that does not count, or whose table is full, is a problem with a remedy", () => {
  const kernel = { accounting: true, count: 10, countMax: 100, mayPrepare: true };
  expect(kernelProblems(kernel)).toEqual([]);
  const problems = kernelProblems({ ...kernel, accounting: false, count: 96 });
  expect(problems.map(({ what }) => what)).toEqual([
    "the kernel does not count packets and bytes of flows (nf_conntrack_acct is 0)",
    "the kernel's table of flows is nearly full (96 of 100)",
  ]);
});

test("rules that set a mark are named by their comment, within the mask", () => {
  const rule = (value: unknown, comment?: string): object => ({
    rule: {
      ...(comment === undefined ? {} : { comment }),
      expr: [{ accept: null }, { mangle: { key: { ct: { key: "mark" } }, value } }],
    },
  });
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      rule(17, "AllowHttp"),
      rule({ "|": [{ ct: { key: "mark" } }, 0x120] }, "AllowSsh"),
      rule(17, "second of the same mark"),
      rule(18),
      { rule: { comment: "no mark", expr: [{ drop: null }] } },
    ],
  });
  expect(parseRuleMarks(json, 0xff)).toEqual([
    [17, "AllowHttp"],
    [0x20, "AllowSsh"],
  ]);
  expect(() => parseRuleMarks('{"nftables":7}', 0xff)).toThrow();
});

test("every setting of the meter is in its reference page", () => {
  const page = readFileSync("docs/reference/flow-meter.md", "utf8");
  const missing = Object.keys(flowMeterSettings.shape).filter(
    (name) => !page.includes(`\`${name}`),
  );
  expect(missing).toEqual([]);
});
