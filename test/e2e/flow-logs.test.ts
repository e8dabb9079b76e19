// A flow's life, end to end, on real packets: the kernel, the meter, the uplink, the journal, then the
// blob in Azure's layout in the embedded store and the row in ClickHouse.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClientSecretCredential } from "@azure/identity";
import { LogsQueryClient } from "@azure/monitor-query-logs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readCredentials } from "../../src/cli/credentials.ts";
import { parseFlowLogBlobPath } from "../../src/flowlog/blob-path.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { runNightcap } from "../cli/run-nightcap.ts";
import { countTuples, flowLogContainer, openFlowLogBlobs } from "./flow-log-blobs.ts";
import { type FlowLog, openTable, putFlowLog, untilRecording } from "./flow-log-setup.ts";
import { type Installation, openInstallation } from "./installation.ts";

const stepTimeout = { timeout: 20_000, interval: 50 };
/** Denies one port the way an administrator does whose denied flows shall be logged. */
const rules = `
table inet guard {
  chain input {
    type filter hook input priority filter; policy accept;
    tcp dport 23 limit rate 100/second log prefix "nc:i:300:DenyTelnet" group 75 snaplen 96 counter drop
    tcp dport 8080 ct state new ct mark set 7 counter comment "AllowWeb"
    tcp dport 8080 counter comment "there"
  }
  chain output {
    type filter hook output priority filter; policy accept;
    tcp sport 8080 counter comment "back"
  }
}`;
/** The state as flow logs write it. */
const letter = "['B', 'C', 'E', 'D'][state + 1]";
const getScript = `
  require("node:http").get({ host: process.argv[1], port: 8080, path: "/" }, (answer) => answer.resume())
    .on("error", () => process.exit(1));
`;

const reason = skipReason();
describe.skipIf(reason !== null)(`flow logs${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  let engine: FlowEngine | undefined;
  let logId: string;
  let accountId: string;
  let workspaceId: string;

  beforeAll(async () => {
    bed = await openTestBed();
    installation = await openInstallation(bed, {
      captureSeconds: 1,
      serverSettings: { flows: { blobSeconds: 1, rowMilliseconds: 100 } },
      flowSettings: { flushSeconds: 0.5, continueSeconds: 1 },
    });
    await bed.exec("vm", "nft", ["-f", "-"], { input: rules });
    await bed.startServer("node", "vm");
    ({ logId, accountId, workspaceId } = await putFlowLog(installation));
    await untilRecording(installation, logId);
  }, 60_000);

  afterAll(async () => {
    await engine?.close();
    await installation?.close();
    await bed?.close();
  });

  const flowLog = () => installation.client.request("GET", logId) as Promise<FlowLog>;
  const fetchOnce = async (): Promise<void> => {
    const child = bed.spawn("client", process.execPath, ["-e", getScript, "192.0.2.10"]);
    expect(await once(child, "exit")).toEqual([0, null]);
  };
  const rows = async <Row>(sql: string): Promise<Row[]> => {
    engine ??= await openTable(installation);
    return engine.rows<Row>({ sql });
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

  /** What nftables counted of the web server's packets, there and back. */
  const countedByKernel = async (): Promise<number[]> => {
    const { stdout } = await bed.exec("vm", "nft", ["list", "table", "inet", "guard"]);
    return ["there", "back"].map((comment) =>
      Number(new RegExp(`bytes (\\d+) comment "${comment}"`).exec(stdout)?.[1]),
    );
  };

  test("the query API and a view have the kernel's bytes, and the blobs add nothing to them", async () => {
    const credentials = await readCredentials(join(installation.directory, "server"));
    const { tenantId, clientId, clientSecret } = credentials;
    const base = new URL(credentials.endpoint).origin;
    const tlsOptions = { ca: await readFile(credentials.certificateAuthorityFile, "utf8") };
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost: base,
      disableInstanceDiscovery: true,
      tlsOptions,
    });
    const logs = new LogsQueryClient(credential, { endpoint: `${base}/v1`, tlsOptions });
    const { properties } = (await installation.client.request("GET", workspaceId)) as {
      properties: { customerId: string };
    };
    const ask = async (): Promise<unknown> => {
      const text =
        "NTANetAnalytics | where DestPort == 8080 | summarize sum(BytesSrcToDest), sum(BytesDestToSrc)";
      const answer = await logs.queryWorkspace(properties.customerId, text, { duration: "PT1H" });
      return "tables" in answer ? answer.tables[0]?.rows[0] : answer;
    };
    await vi.waitFor(async () => expect(await ask()).toEqual(await countedByKernel()), stepTimeout);
    const state = join(installation.directory, "server");
    const place = `${base}/nightcapstore/${flowLogContainer}`;
    await vi.waitFor(async () => {
      const { code, stdout } = await runNightcap("flow-logs", "import", place, "--state", state);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^1 blob [^]*already recorded by this control plane/),
      });
    }, stepTimeout);
    const [there = 0, back = 0] = await countedByKernel();
    expect(await ask()).toEqual([there, back]);
    const view = await runNightcap("flows", "ports", "port=8080", "--json", "--state", state);
    expect(JSON.parse(view.stdout)).toMatchObject({ total: { flows: 1, bytes: there + back } });
  }, 60_000);

  test("the blob has Azure's layout, block for block, and the same tuples as the table", async () => {
    const store = await openFlowLogBlobs(installation, accountId);
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
});
