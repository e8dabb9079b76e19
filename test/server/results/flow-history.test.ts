// What the flow tables say of a host before its capture, with the real engine: the answer's "new since".
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../../src/common/log.ts";
import { createFlowBatch } from "../../../src/flowlog/flow-batch.ts";
import { insertFlows } from "../../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../../src/flowstore/settings.ts";
import { explainChange } from "../../../src/inspection/change/explain-change.ts";
import { openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import {
  type BaselineOptions,
  readBaselines,
  readHistory,
} from "../../../src/server/results/change-baselines.ts";
import type { FlowType } from "../../../src/traffic/classified-flows.ts";
import { readAddress } from "../../../src/traffic/prefix/address-text.ts";
import { backends } from "../../flowstore/backends.ts";
import { someOrigin } from "../../flowstore/flow-rows.ts";
import { someEndpoint } from "../../flowstore/some-endpoint.ts";
import { chunksOf } from "../../inspection/captures.ts";
import { background, connection, filler } from "../../inspection/change/conversations.ts";
import { host, moment, Traffic } from "../../inspection/change/traffic.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const [inbound, outbound] = [0, 1];
const [known, recent, stranger, malicious, store] = [
  "13.67.42.7",
  "13.67.42.8",
  "203.0.113.7",
  "185.220.101.1",
  "10.0.1.6",
];

interface Tuple {
  before: number;
  peer: string;
  direction?: number;
  bytesOut: number;
  bytesIn?: number;
  flowType?: FlowType;
}

const tuples: readonly Tuple[] = [
  { before: 6 * day, peer: known, bytesOut: 100, flowType: "ExternalPublic" },
  { before: day, peer: store, bytesOut: 7_200_000, bytesIn: 40 },
  { before: 60 * minute, peer: store, bytesOut: 5_000, bytesIn: 50 },
  { before: 60 * minute, peer: known, bytesOut: 800, bytesIn: 30, flowType: "ExternalPublic" },
  {
    before: 60 * minute,
    peer: malicious,
    direction: inbound,
    bytesOut: 60,
    bytesIn: 600,
    flowType: "MaliciousFlow",
  },
  // In an interval that is not over.
  { before: 2 * minute, peer: recent, bytesOut: 70, flowType: "ExternalPublic" },
  // The incident itself.
  { before: -minute, peer: stranger, bytesOut: 9_000_000, flowType: "ExternalPublic" },
];

const [backend] = backends;
const missing = backend?.missing ?? null;

describe.skipIf(!backend || missing !== null)(`before a capture (${missing ?? "embedded"})`, () => {
  let options: BaselineOptions;
  let close: () => Promise<void>;

  beforeAll(async () => {
    if (!backend) throw new Error("no backend");
    const { engine, remove } = await backend.open();
    const batch = createFlowBatch(tuples.length);
    batch.length = tuples.length;
    batch.origins.push(someOrigin);
    for (const [row, { before, peer, direction = outbound, ...tuple }] of tuples.entries()) {
      const [source, destination] = direction === outbound ? [host, peer] : [peer, host];
      const { bytesOut, bytesIn = 0 } = tuple;
      batch.time[row] = moment - before;
      readAddress(source, batch.source, row * 4);
      readAddress(destination, batch.destination, row * 4);
      batch.destinationPort[row] = 443;
      batch.protocol[row] = 6;
      batch.direction[row] = direction;
      batch.state[row] = 1;
      batch.bytesToDestination[row] = direction === outbound ? bytesOut : bytesIn;
      batch.bytesToSource[row] = direction === outbound ? bytesIn : bytesOut;
    }
    const classes = {
      source: Uint32Array.from(tuples, (_, row) => 2 * row),
      destination: Uint32Array.from(tuples, (_, row) => 2 * row + 1),
      verdict: Uint32Array.from(tuples.keys()),
      l7Protocol: new Uint32Array(tuples.length),
      l7Protocols: [""],
      endpoints: tuples.flatMap(() => [someEndpoint({}), someEndpoint({})]),
      verdicts: tuples.map(({ direction = outbound, flowType = "IntraVNet" }) => ({
        flowType,
        reason: "",
        publicSide:
          flowType === "IntraVNet"
            ? ("" as const)
            : direction === outbound
              ? ("destination" as const)
              : ("source" as const),
      })),
      dataVersion: "",
    };
    await insertFlows(engine, batch, classes, { token: "history" });
    const queries = openLogQueries({
      engine: async () => engine,
      settings: logQuerySettings.parse({}),
    });
    const directory = await mkdtemp(join(tmpdir(), "nightcap-history-"));
    await mkdir(join(directory, "metadata"));
    options = {
      queries,
      store: flowStoreSettings.parse({ directory }),
      log: silentLog,
      querySeconds: 60,
    };
    close = async () => {
      await queries.close();
      await remove();
      await rm(directory, { recursive: true });
    };
  });
  afterAll(() => close());

  const signal = AbortSignal.timeout(90_000);
  const own = [host];

  test("the same host an hour and a day earlier, with whom it exchanged most", async () => {
    const baselines = await readBaselines(options, { addresses: own, moment }, signal);
    expect(
      baselines.map(({ when, totals, destinations }) => [when, totals.bytesOut, destinations]),
    ).toEqual([
      [
        "hourEarlier",
        5_860,
        [
          { address: store, bytesOut: 5_000, bytesIn: 50 },
          { address: known, bytesOut: 800, bytesIn: 30 },
          { address: malicious, bytesOut: 60, bytesIn: 600 },
        ],
      ],
      ["dayEarlier", 7_200_000, [{ address: store, bytesOut: 7_200_000, bytesIn: 40 }]],
    ]);
  });

  test("when it last talked to each, in the added-up tables and in what came after them", async () => {
    const asked = [known, recent, stranger, store, malicious];
    const until = moment - minute;
    const found = await readHistory(options, { addresses: own, until, asked }, signal);
    expect(found?.since).toBeGreaterThanOrEqual(moment - 7 * day);
    expect(found?.since).toBeLessThanOrEqual(moment - 6 * day);
    const seen = new Map(found?.lastSeen);
    expect([...seen.keys()].toSorted()).toEqual([known, recent, store, malicious].toSorted());
    expect(seen.get(recent)).toBe(moment - 2 * minute);
    expect(
      await readHistory(options, { addresses: ["192.0.2.250"], until, asked }, signal),
    ).toBeNull();
  });

  test("an upload to a stranger is told with both", async () => {
    const traffic = new Traffic();
    background(traffic, -10_000, 10_000);
    connection(
      traffic,
      200,
      {
        client: { address: host, port: traffic.port() },
        server: { address: stranger, port: 443 },
      },
      [{ from: "client", bytes: filler(900_000), after: 1 }],
    );
    const answer = await explainChange(chunksOf(traffic.pcap()), {
      moment,
      metric: "bytesOut",
      localAddresses: own,
      baselines: await readBaselines(options, { addresses: own, moment }, signal),
      async findHistory(addresses) {
        const until = moment - minute;
        const found = await readHistory(
          options,
          { addresses: own, until, asked: addresses },
          signal,
        );
        if (!found) return null;
        const { since, lastSeen } = found;
        return { since, asked: new Set(addresses), lastSeen: new Map(lastSeen) };
      },
    });
    expect(answer.confidence).toMatchObject({
      level: "likely",
      reason: expect.stringMatching(/^not seen on this host in the last 6 days, /),
    });
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely an exfiltration to 203.0.113.7:443: bytes out rose from 490 B/s to 104 kB/s after the alert at 01:58:16 UTC. > 99.9 % of the extra bytes: 203.0.113.7:443 (tls), first seen 01:58:16 UTC, not seen on this host in the last 6 days. This has the shape of an exfiltration: 935 kB went out and 162 B came back, to an address outside that nothing was sent to before. By the flow tables this host had 1.63 B/s an hour earlier (most with 10.0.1.6), 2 kB/s a day earlier (most with 10.0.1.6)."`,
    );
    expect(answer.comparisons[0]?.destinations[0]).toEqual({
      address: store,
      bytesOutPerSecond: 1,
      bytesInPerSecond: 0,
    });
  });
});
