// A flow's life, end to end, on real packets: the kernel, the meter, the uplink, the journal, then the
// blob in Azure's layout in the embedded store and the row in ClickHouse; with every process killed once.
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createFlowBatch, type FlowBatch, flowStates } from "../../src/flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../src/flowlog/flow-log-reader.ts";
import { parseFlowLogBlobPath } from "../../src/flowlog/blob-path.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { openAzureContainer } from "../../src/storage/transfer/azure-container.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { openTable, putFlowLog } from "./flow-log-setup.ts";
import { type Installation, openInstallation } from "./installation.ts";

const stepTimeout = { timeout: 20_000, interval: 50 };
const container = "insights-logs-flowlogflowevent";
/** Denies one port the way an administrator does whose denied flows shall be logged. */
const rules = `
table inet guard {
  chain input {
    type filter hook input priority filter; policy accept;
    tcp dport 23 limit rate 100/second log prefix "nc:i:300:DenyTelnet" group 75 snaplen 96 counter drop
    tcp dport 8080 ct state new ct mark set 7 counter comment "AllowWeb"
  }
}`;
/** The state as flow logs write it. */
const letter = "['B', 'C', 'E', 'D'][state + 1]";
const getScript = `
  require("node:http").get({ host: process.argv[1], port: 8080, path: "/" }, (answer) => answer.resume())
    .on("error", () => process.exit(1));
`;

interface FlowLog {
  properties: {
    nightcap: {
      lastRowTime: string | null;
      hosts: { recording: boolean; heardTime: string | null }[];
    };
  };
}

const reason = skipReason();
describe.skipIf(reason !== null)(`flow logs${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  let engine: FlowEngine | undefined;
  let logId: string;
  let accountId: string;

  beforeAll(async () => {
    bed = await openTestBed();
    installation = await openInstallation(bed, {
      captureSeconds: 1,
      serverSettings: { flows: { blobSeconds: 1, rowMilliseconds: 100 } },
      flowSettings: { flushSeconds: 0.5, continueSeconds: 1 },
    });
    await bed.exec("vm", "nft", ["-f", "-"], { input: rules });
    await bed.startServer("node", "vm");
    ({ logId, accountId } = await putFlowLog(installation));
    await recording();
  }, 60_000);

  afterAll(async () => {
    await engine?.close();
    await installation?.close();
    await bed?.close();
  });

  const flowLog = () => installation.client.request("GET", logId) as Promise<FlowLog>;
  /** Waits until the host says, after this time, that it records. */
  const recording = (after = "") =>
    vi.waitFor(async () => {
      const { hosts } = (await flowLog()).properties.nightcap;
      expect(hosts).toMatchObject([{ recording: true }]);
      expect((hosts[0]?.heardTime ?? "") > after).toBe(true);
    }, stepTimeout);
  /** Begun flows that were ever in the segments that the agent's spool has now. */
  const spooledCount = async (): Promise<number> => {
    const folder = join(installation.directory, "agent", "flows", "batches");
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")),
    );
    return texts.join("").split(",8080,6,I,B,").length - 1;
  };
  const fetchOnce = async (): Promise<void> => {
    const child = bed.spawn("client", process.execPath, ["-e", getScript, "192.0.2.10"]);
    expect(await once(child, "exit")).toEqual([0, null]);
  };
  const rows = async <Row>(sql: string): Promise<Row[]> => {
    engine ??= await openTable(installation);
    return engine.rows<Row>({ sql });
  };
  const begunCount = async (): Promise<number> => {
    const [row] = await rows<{ count: string }>(
      "SELECT count() AS count FROM flow WHERE destinationPort = 8080 AND state = 0",
    );
    return Number(row?.count ?? 0);
  };

  test("allowed and denied flows are rows, classed by the topology of the resources", async () => {
    await fetchOnce();
    bed.spawn("client", "bash", ["-c", "exec 3<>/dev/tcp/192.0.2.10/23"], { stdio: "ignore" });
    const found = await vi.waitFor(async () => {
      const all = await rows<Record<string, unknown>>(
        `SELECT DISTINCT destinationPort, ${letter} AS letter, JSONExtractString(origin, 'rule') AS rule, flowType,
           JSONExtractString(sourcePlace, 'subnet') AS subnet
         FROM flow WHERE destinationPort IN (23, 8080) AND letter != 'C' ORDER BY destinationPort, letter`,
      );
      expect(all.length).toBeGreaterThanOrEqual(3);
      return all;
    }, stepTimeout);
    const shared = { flowType: "IntraVNet", subnet: "nightcap/net/lan" };
    expect(found).toEqual([
      { destinationPort: 23, letter: "D", rule: "DenyTelnet", ...shared },
      { destinationPort: 8080, letter: "B", rule: "AllowWeb", ...shared },
      { destinationPort: 8080, letter: "E", rule: "AllowWeb", ...shared },
    ]);
    expect((await flowLog()).properties.nightcap.lastRowTime).not.toBeNull();
  });

  test("nothing is lost or doubled while control plane and agent are killed", async () => {
    const before = await begunCount();
    await fetchOnce();
    await installation.killServer();
    const spooled = await spooledCount();
    await fetchOnce(); // recorded without the control plane
    await vi.waitFor(
      async () => expect(await spooledCount()).toBeGreaterThan(spooled),
      stepTimeout,
    );
    await installation.killAgent();
    await installation.restartServer();
    const restartedAt = new Date().toISOString();
    await installation.restartAgent();
    await recording(restartedAt);
    await fetchOnce();
    await vi.waitFor(async () => expect(await begunCount()).toBe(before + 3), stepTimeout);
  }, 60_000);

  test("the blob has Azure's layout, block for block, and the same tuples as the table", async () => {
    const keys = (await installation.client.request("POST", `${accountId}/listKeys`)) as {
      keys: { value: string }[];
    };
    const { endpoint, ca } = await whereStoreIs();
    const store = openAzureContainer({
      url: `${endpoint}nightcapstore/${container}`,
      prefix: "",
      sharedKey: { account: "nightcapstore", key: keys.keys[0]?.value ?? "" },
      certificateAuthorityPem: ca,
    });
    const { signal } = new AbortController();
    await vi.waitFor(async () => {
      const inBlobs = new Map<string, number>();
      for await (const blob of store.list(signal)) {
        expect(parseFlowLogBlobPath(blob.name)).toMatchObject({ kind: "vnet" });
        expect(blob.name).toMatch(
          /^flowLogResourceID=\/[0-9A-F-]{36}_NETWORKWATCHERRG\/NETWORKWATCHER_LOCAL_LOG\/y=\d{4}\/m=\d\d\/d=\d\d\/h=\d\d\/m=00\/macAddress=[0-9A-F]{12}\/PT1H\.json$/,
        );
        const blocks = (await store.blocks?.(blob, signal)) ?? [];
        expect([blocks.at(0)?.sizeBytes, blocks.at(-1)?.sizeBytes]).toEqual([12, 2]);
        const range = { start: 0, end: blob.sizeBytes };
        const bytes = Buffer.concat(await Array.fromAsync(store.read(blob, range, signal)));
        expect(bytes.subarray(0, 12).toString()).toBe('{"records":[');
        let at = 12;
        for (const [index, { sizeBytes }] of blocks.slice(1, -1).entries()) {
          expect(bytes.subarray(at, at + 1).toString()).toBe(index === 0 ? "{" : ",");
          at += sizeBytes;
        }
        expect(bytes.subarray(at).toString()).toBe("]}");
        countTuples(bytes, inBlobs);
      }
      const inTable = await rows<{ what: string; count: string }>(
        `SELECT concat(toString(destinationPort), ' ', ${letter}) AS what, count() AS count FROM flow GROUP BY what`,
      );
      expect(Object.fromEntries(inBlobs)).toEqual(
        Object.fromEntries(inTable.map(({ what, count }) => [what, Number(count)])),
      );
    }, stepTimeout);
  }, 60_000);

  async function whereStoreIs(): Promise<{ endpoint: string; ca: string }> {
    const { readCredentials } = await import("../../src/cli/credentials.ts");
    const credentials = await readCredentials(join(installation.directory, "server"));
    return {
      endpoint: new URL("/", credentials.endpoint).href,
      ca: await readFile(credentials.certificateAuthorityFile, "utf8"),
    };
  }
});

/** By port and state, as the table's question has it. */
function countTuples(bytes: Uint8Array, into: Map<string, number>): void {
  const take = (batch: FlowBatch): FlowBatch => {
    for (let row = 0; row < batch.length; row++) {
      const what = `${batch.destinationPort[row]} ${flowStates[batch.state[row] ?? 0]}`;
      into.set(what, (into.get(what) ?? 0) + 1);
    }
    batch.length = 0;
    return batch;
  };
  const reader = createFlowLogReader(createFlowBatch(1_000), take);
  reader.write(bytes);
  expect(reader.end()).toMatchObject({ failure: null, malformed: 0, isComplete: true });
}
