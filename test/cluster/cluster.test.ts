// Two shards of two replicas, of real servers: what lies where, what queries over all of them answer, and what is left
// when servers are killed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import { type KustoTranslator, openKustoTranslator } from "../../src/logs/kusto-translator.ts";
import { querySettings } from "../../src/query/query-limits.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";
import { openSomeEngine, type SomeEngine } from "../flowstore/some-engine.ts";
import { countOnServers } from "./counts.ts";
import { describeHangs } from "./hangs.ts";
import { describeImports } from "./imports.ts";
import { describeKills } from "./kills.ts";
import { type SomeCluster, startSomeCluster } from "./some-cluster.ts";
import { skipCluster } from "./stand-in.ts";

const missing = skipCluster();
const rowCount = 2_000;
const noon = Date.UTC(2026, 10, 21, 12);
const startMillisecondsMax = 60_000;

let cluster: SomeCluster;
let engine: FlowEngine;

describe.skipIf(missing !== null)(`a cluster${missing === null ? "" : ` (${missing})`}`, () => {
  beforeAll(async () => {
    cluster = await startSomeCluster();
    engine = await cluster.open();
    await insertFlows(engine, generateBatch(rowCount, noon), null, { token: "first" });
  }, startMillisecondsMax);

  afterAll(async () => {
    await engine.close();
    await cluster.remove();
  });

  test("the server says what it belongs to", () => {
    expect(engine.layout).toMatchObject({ cluster: "night", replicated: false });
    expect(engine.layout.nodes.map(({ shard, replica }) => [shard, replica])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
      [2, 2],
    ]);
  });

  test("each row is on one shard, and on all of its replicas", async () => {
    const [first, second, third, fourth] = await countOnServers(engine);
    expect([second, fourth]).toEqual([first, third]);
    expect((first ?? 0) + (third ?? 0)).toBe(rowCount);
    expect(Math.min(first ?? 0, third ?? 0)).toBeGreaterThan(rowCount / 4);
  });

  test("both records of a flow are on the same shard", async () => {
    const inbound = generateBatch(rowCount, noon);
    inbound.direction.fill(0);
    inbound.origin.fill(1);
    await insertFlows(engine, inbound, null, { token: "the other side" });
    const torn = {
      sql: `SELECT count() AS count FROM (SELECT source, destination, sourcePort, destinationPort
            FROM flow GROUP BY ALL HAVING uniqExact(direction) != 2 OR uniqExact(_shard_num) != 1)`,
    };
    expect(await engine.rows(torn)).toEqual([{ count: 0 }]);
  });

  describe("answers what the embedded engine answers", () => {
    let embedded: SomeEngine;
    let translator: KustoTranslator;

    beforeAll(async () => {
      embedded = await openSomeEngine();
      translator = openKustoTranslator({ tables: kustoTables(engine.database) });
      await insertFlows(embedded.engine, generateBatch(rowCount, noon), null, { token: "first" });
      const inbound = generateBatch(rowCount, noon);
      inbound.direction.fill(0);
      inbound.origin.fill(1);
      await insertFlows(embedded.engine, inbound, null, { token: "the other side" });
    }, startMillisecondsMax);

    afterAll(async () => {
      await translator.close();
      await embedded.remove();
    });

    const kinds = ["innerunique", "inner", "leftouter", "rightouter", "fullouter"];
    const halves = ["leftsemi", "leftanti", "rightsemi", "rightanti"];
    const left = "NTANetAnalytics | where DestPort == 443 | summarize Left = count() by SrcIp";
    const right = `(NTANetAnalytics | where SrcIp endswith "7" or SrcIp startswith "10.0.0.1" or DestPort == 53
      | summarize Right = sum(BytesSrcToDest) by SrcIp)`;
    test.each([
      ...kinds.map((kind) => `${left} | join kind=${kind} ${right} on SrcIp`),
      ...halves.map((kind) => `${left} | join kind=${kind} ${right} on SrcIp`),
      // The tables themselves at both sides, so that a shard by itself would join its own rows only.
      `NTANetAnalytics | where FlowDirection == "Outbound" | join kind=inner (NTANetAnalytics
        | where FlowDirection == "Inbound") on $left.DestPort == $right.DestPort, DestIp | count`,
      "NTANetAnalytics | join kind=rightouter (NTANetAnalytics | where DestPort == 53) on SrcIp | count",
      "NTANetAnalytics | join kind=rightanti (NTANetAnalytics | where DestPort == 53) on DestPort | count",
      "NTANetAnalytics | lookup (NTANetAnalytics | summarize Top = max(BytesDestToSrc) by DestPort) on DestPort | summarize sum(Top), count()",
      "NTANetAnalytics | where SrcIp in (NTANetAnalytics | where DestPort == 53 | summarize by SrcIp) | count",
      "NTANetAnalytics | where SrcIp in ((NTANetAnalytics | top 3 by BytesSrcToDest | project SrcIp)) | count",
      "let top = toscalar(NTANetAnalytics | summarize max(BytesDestToSrc)); NTANetAnalytics | where BytesDestToSrc == top | project DestIp, FlowDirection | sort by FlowDirection asc",
      "union NTANetAnalytics, AzureNetworkAnalytics_CL, NTATopologyDetails | summarize count() by Type | sort by Type asc",
      "NTANetAnalyticsDeduplicated | summarize Records = count(), Bytes = sum(BytesSrcToDest) by FlowDirection",
      "AzureNetworkAnalytics_CL | summarize Flows = sum(FlowCount_d), dcount(SrcIP_s) by L4Protocol_s | sort by L4Protocol_s asc",
      "NightcapFlows | summarize count(), Last = max(TimeGenerated) by bin(TimeGenerated, 1s), FlowState | sort by TimeGenerated asc, FlowState asc",
      "NTAIpDetails | count",
      "NTANetAnalytics | sort by BytesDestToSrc desc, DestIp asc, FlowDirection asc | take 5 | project DestIp, BytesDestToSrc",
      "NTANetAnalytics | summarize percentile(BytesSrcToDest, 50), make_set(DestPort), arg_max(BytesSrcToDest, DestIp) by L4Protocol | project-away DestIp | sort by L4Protocol asc",
    ])("%s", async (query) => {
      const { sql } = await translator.translate(query, { nowMs: noon + 3_600_000 });
      const settings = { ...querySettings, readonly: 1 };
      const ask = async (of: FlowEngine): Promise<string[]> =>
        (await of.rows({ sql, settings })).map((row) => JSON.stringify(row));
      const [here, there] = await Promise.all([ask(embedded.engine), ask(engine)]);
      expect(here.length).toBeGreaterThan(0);
      expect(there.toSorted()).toEqual(here.toSorted());
    });
  });

  describeImports(() => ({ engine }));

  describeKills(() => ({ cluster, engine }));
  if (process.env["NIGHTCAP_SOAK"] === "1") describeHangs(() => ({ cluster, engine }));
});
