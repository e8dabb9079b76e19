// The query API of Log Analytics by Azure's own client, over a real engine with a few flows.
import { request } from "node:https";
import { LogsQueryResultStatus, type LogsQueryResult } from "@azure/monitor-query-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import {
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "../provider/control-plane.ts";
import {
  flowLogIds,
  group,
  type LogsBed,
  networkId,
  openLogsBed,
  rowCountMax,
  startMs,
  subscription,
} from "./logs-bed.ts";

let bed: LogsBed;
let owner: Awaited<ReturnType<LogsBed["asker"]>>;
let workspaceId: string;
let path: string;

const day = { duration: "P36500D" };
const rowsOf = (answer: LogsQueryResult) =>
  answer.status === LogsQueryResultStatus.Success
    ? answer.tables[0]?.rows
    : answer.partialTables[0]?.rows;
const ask = (body: unknown, headers: Record<string, string> = {}, token = owner.token) =>
  bed.plane.raw("POST", path, { token, body, headers });

beforeAll(async () => {
  bed = await openLogsBed();
  owner = await bed.asker("Owner");
  const made = await owner.workspaces.createOrUpdate("nightcap", "flows", { location: "local" });
  workspaceId = made.customerId ?? "";
  path = `/v1/workspaces/${workspaceId}/query`;
}, 30_000);
afterAll(() => bed.close());

test("values reach Azure's client with their types, with statistics and what render asked for", async () => {
  const query = `print t = datetime(2026-01-02 03:04:05.12), h = 1d + 1ms, l = 5000000000, r = real(nan), o = dynamic({"a":[1]}),
    s = "a\\"é", b = true, n = int(null) | render columnchart with (title="Flows")`;
  const answer = await owner.logs.queryWorkspace(workspaceId, query, day, {
    includeQueryStatistics: true,
    includeVisualization: true,
    serverTimeoutInSeconds: 30,
  });
  if (answer.status !== LogsQueryResultStatus.Success) throw new Error(answer.partialError.message);
  const [table] = answer.tables;
  expect(table?.name).toBe("PrimaryResult");
  expect(table?.columnDescriptors.map(({ name, type }) => `${name}:${type}`).join(" ")).toBe(
    "t:datetime h:timespan l:long r:real o:dynamic s:string b:bool n:int",
  );
  expect(table?.rows).toEqual([
    [
      new Date("2026-01-02T03:04:05.120Z"),
      "1.00:00:00.0010000",
      5_000_000_000,
      "NaN",
      { a: [1] },
      'a"é',
      true,
      null,
    ],
  ]);
  expect(answer.visualization).toMatchObject({ visualization: "columnchart", title: "Flows" });
  expect(answer.statistics).toMatchObject({
    query: { executionTime: expect.any(Number), datasetStatistics: [{ tableRowCount: 1 }] },
  });
});

test("a long that JavaScript has no number for, and what was not asked for", async () => {
  const text = await fetchText({ query: "print l = 9007199254740993, r = real(-inf)" });
  expect(text).toBe(
    '{"tables":[{"name":"PrimaryResult","columns":[{"name":"l","type":"long"},{"name":"r","type":"real"}],"rows":[[9007199254740993,"-Infinity"]]}]}',
  );
  const { body } = await ask(
    { query: "NTANetAnalytics | take 1" },
    { prefer: "include-dataSources=true" },
  );
  expect((body as { dataSources: object[] }).dataSources).toEqual([
    {
      resourceId: `${group}/providers/Microsoft.OperationalInsights/workspaces/flows`,
      region: "local",
      tables: ["NTANetAnalytics"],
    },
  ]);
});

async function fetchText(body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, ca } = bed.plane;
    const headers = { authorization: `Bearer ${owner.token}` };
    const sent = request({ host: "127.0.0.1", port, ca, path, method: "POST", headers }, (got) => {
      void got.toArray().then((chunks) => resolve(Buffer.concat(chunks as Buffer[]).toString()));
    });
    sent.on("error", reject).end(JSON.stringify(body));
  });
}

test("a timespan bounds every table; GET asks the same", async () => {
  const count = "NTANetAnalytics | summarize sum(RecordCount)";
  const asked = async (timespan: string): Promise<unknown> => {
    const { body } = await ask({ query: count, timespan });
    return (body as { tables: { rows: unknown[][] }[] }).tables[0]?.rows[0]?.[0];
  };
  const iso = (ms: number): string => new Date(ms).toISOString();
  const [all, none] = [`${iso(startMs)}/PT1H`, `PT1H/${iso(startMs)}`];
  expect([await asked(all), await asked(none)]).toEqual([100, 0]);
  expect(await asked(`${iso(startMs)}/${iso(startMs + 3_600_000)}`)).toBe(100);
  const url = `${path}?query=${encodeURIComponent(count)}&timespan=${encodeURIComponent(all)}`;
  expect((await bed.plane.raw("GET", url, { token: owner.token })).body).toMatchObject({
    tables: [{ rows: [[100]] }],
  });
  expect(await ask({ query: count, timespan: "yesterday" })).toMatchObject({
    status: 400,
    body: { error: { code: "BadArgumentError", innererror: { code: "InvalidParameter" } } },
  });
});

test("an answer that is cut off is a partial failure, as Azure's", async () => {
  const query = `range x from 1 to ${rowCountMax + 1} step 1`;
  const answer = await owner.logs.queryWorkspace(workspaceId, query, day);
  expect(rowsOf(answer)).toHaveLength(rowCountMax);
  expect(answer).toMatchObject({
    status: "PartialFailure",
    partialError: {
      code: "PartialError",
      details: [{ code: "EngineError", message: expect.any(String) }],
    },
  });
});

test("a wrong query is refused with its place", async () => {
  const of = async (query: string): Promise<unknown> => {
    const { status, body } = await ask({ query });
    const { error } = body as { error: { code: string; innererror: unknown } };
    expect([status, error.code]).toEqual([400, "BadArgumentError"]);
    return error.innererror;
  };
  expect(await of("NTANetAnalytics\n| where (")).toMatchObject({
    code: "SyntaxError",
    message: "A recognition error occurred in the query.",
    innererror: { code: "SYN0002", line: 2 },
  });
  expect(await of("NTANetAnalytics\n| where NoSuch == 1")).toMatchObject({
    code: "SemanticError",
    innererror: { code: "SEM0100", line: 2, pos: 8, token: "NoSuch" },
  });
  expect(await of("externaldata(a:string)['https://example.com/x.csv']")).toMatchObject({
    line: 1,
  });
  await expect(owner.logs.queryWorkspace(workspaceId, "x |", day)).rejects.toMatchObject({
    statusCode: 400,
    code: "BadArgumentError",
  });
});

test("what is no question is refused by its name", async () => {
  const cases: [method: string, path: string, body: unknown, status: number, code: string][] = [
    ["POST", path, {}, 400, "BadArgumentError"],
    ["POST", path, { query: 7 }, 400, "BadArgumentError"],
    ["POST", path, { query: "print 1", workspaces: ["nowhere"] }, 404, "PathNotFoundError"],
    ["DELETE", path, undefined, 405, "MethodNotAllowed"],
    ["POST", path.replace(workspaceId, "nowhere"), { query: "print 1" }, 404, "PathNotFoundError"],
    ["POST", "/v1/else", { query: "print 1" }, 404, "PathNotFoundError"],
    ["POST", "/v1/$batch", { requests: [] }, 400, "BadArgumentError"],
    ["POST", `/v1${machineId}x/query`, { query: "print 1" }, 404, "PathNotFoundError"],
    ["POST", "/v1/subscriptions/%/query", { query: "print 1" }, 400, "BadArgumentError"],
  ];
  for (const [method, where, body, status, code] of cases) {
    const answer = await bed.plane.raw(method, where, { token: owner.token, body });
    expect(answer, `${method} ${where}`).toMatchObject({ status, body: { error: { code } } });
  }
  expect(await ask(undefined, {}, owner.token)).toMatchObject({ status: 400 });
  expect(await bed.plane.raw("POST", path, { body: { query: "print 1" } })).toMatchObject({
    status: 401,
    headers: { "www-authenticate": expect.stringContaining("Bearer") },
    body: { error: { code: "AuthenticationFailed" } },
  });
});

test("a batch answers each of its questions, also a wrong one", async () => {
  const answers = await owner.logs.queryBatch([
    { workspaceId, query: "print 1", timespan: day, includeQueryStatistics: true },
    { workspaceId, query: "nothing |", timespan: day },
    { workspaceId: "nowhere", query: "print 2", timespan: day },
    ...Array.from({ length: 6 }, (_, at) => ({ workspaceId, query: `print ${at}`, timespan: day })),
  ]);
  const shown = answers.map((each) =>
    each.status === LogsQueryResultStatus.Failure
      ? each.code
      : each.status === LogsQueryResultStatus.PartialFailure
        ? each.partialError.code
        : each.tables[0]?.rows[0]?.[0],
  );
  expect(shown).toEqual([1, "BadArgumentError", "PathNotFoundError", 0, 1, 2, 3, 4, 5]);
  expect(answers[0]).toMatchObject({ statistics: { query: {} } });
});

test("asked of a resource, only its rows are seen", async () => {
  const count = "NTANetAnalytics | summarize sum(RecordCount)";
  const older = "AzureNetworkAnalytics_CL | summarize sum(FlowCount_d)";
  const asked = async (id: string, query = count): Promise<unknown> =>
    rowsOf(await owner.logs.queryResource(id, query, day))?.[0]?.[0];
  expect(await asked(machineId)).toBe(10);
  expect(await asked(networkId)).toBe(60);
  expect(await asked(flowLogIds[1])).toBe(40);
  expect(await asked(group)).toBe(100);
  expect(await asked(subscription)).toBe(100);
  expect(await asked(machineId, older)).toBe(
    rowsOf(
      await owner.logs.queryWorkspace(
        workspaceId,
        older.replace("|", '| where VM1_s == "nightcap/web-1" |'),
        day,
      ),
    )?.[0]?.[0],
  );
  const tuples = "NightcapFlows | count";
  expect([await asked(machineId, tuples), await asked(flowLogIds[0], tuples)]).toEqual([10, 60]);
  expect(await asked(networkId, "NTAIpDetails | count")).toBe(0);
  // Ten rows in each of the four tables whose rows are anybody's, however the tables are named; two are Azure's.
  for (const text of ["union * | count", "find where TimeGenerated > ago(36500d) | count"])
    expect(await asked(machineId, text), text).toBe(20);
  const named = "union *Analytics*, NightcapFlows, NTANetAnalyticsDeduplicated | count";
  expect(await asked(machineId, named)).toBe(40);
  const hidden = "let T = NTAIpDetails; T | union NightcapFlows | as X | count";
  expect(await asked(machineId, hidden)).toBe(10);
});

test("roles apply: to a workspace, to a resource, and to the rows of a workspace's own flow logs", async () => {
  const refused = { statusCode: 403, code: "InsufficientAccessError" };
  const network = await bed.asker("Network Contributor");
  await expect(network.logs.queryWorkspace(workspaceId, "print 1", day)).rejects.toMatchObject(
    refused,
  );
  await expect(network.logs.queryResource(machineId, "print 1", day)).rejects.toMatchObject(
    refused,
  );
  const [inBatch] = await network.logs.queryBatch([
    { workspaceId, query: "print 1", timespan: day },
  ]);
  expect(inBatch).toMatchObject({ partialError: { code: "InsufficientAccessError" } });
  const reader = await bed.asker("Log Analytics Reader", group);
  const count = "NTANetAnalytics | summarize sum(RecordCount)";
  // The workspace is in the group, and flow log "one" names it: 60 rows, not the other 40.
  expect(rowsOf(await reader.logs.queryWorkspace(workspaceId, count, day))).toEqual([[60]]);
  expect(
    rowsOf(await reader.logs.queryWorkspace(workspaceId, "NightcapFlows | count", day)),
  ).toEqual([[60]]);
  expect(rowsOf(await reader.logs.queryResource(machineId, count, day))).toEqual([[10]]);
  await expect(reader.logs.queryResource(watcherId, count, day)).rejects.toMatchObject(refused);
  await expect(reader.logs.queryResource(subscription, count, day)).rejects.toMatchObject(refused);
  const entries = await bed.plane.audit.list({ from: "2000", to: "3000" });
  const query = "Microsoft.OperationalInsights/workspaces/query/read";
  expect(
    entries.filter(({ action }) => action === query).map(({ resourceId }) => resourceId),
  ).toEqual(expect.arrayContaining([path, "/v1/$batch"]));
});

test("metadata lists tables and columns", async () => {
  const where = path.replace(/query$/, "metadata");
  const { status, body } = await bed.plane.raw("GET", where, { token: owner.token });
  const { tables, workspaces } = body as {
    tables: { name: string; columns: object[] }[];
    workspaces: object[];
  };
  expect(status).toBe(200);
  expect(tables.map(({ name }) => name)).toEqual(kustoTables().map(({ name }) => name));
  expect(tables[0]).toMatchObject({
    timespanColumn: "TimeGenerated",
    description: expect.stringContaining("10 or 60 minutes"),
  });
  expect(tables[0]?.columns).toContainEqual({
    name: "BytesDestToSrc",
    type: "long",
    description: "Bytes from the destination back to the source",
  });
  expect(workspaces).toMatchObject([{ id: workspaceId, name: "flows" }]);
});

test("who asks too often is turned away for a while", async () => {
  const busy = await bed.asker("Reader");
  const each = { id: "1", workspace: "x", path: "/none", method: "POST" };
  const body = { requests: Array.from({ length: 100 }, () => each) };
  const batch = async (): Promise<string[]> => {
    const answer = await bed.plane.raw("POST", "/v1/$batch", { token: busy.token, body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const { responses } = answer.body as { responses: { body: { error: { code: string } } }[] };
    return responses.map((answered) => answered.body.error.code);
  };
  const codes = [...(await batch()), ...(await batch()), ...(await batch())];
  expect(codes.slice(0, 200)).toEqual(codes.slice(0, 200).fill("PathNotFoundError"));
  expect(codes.filter((code) => code === "ThrottledError").length).toBeGreaterThan(80);
});

test("a flood of slow questions waits in line, and who went away leaves it", async () => {
  const slow = { query: "range x from 1 to 1000000 step 1 | summarize make_set(strcat(x, 'a'))" };
  const left = Array.from({ length: 5 }, () => {
    const { port, ca } = bed.plane;
    const headers = { authorization: `Bearer ${owner.token}` };
    const sent = request({ host: "127.0.0.1", port, ca, path, method: "POST", headers });
    return sent.on("error", () => {}).end(JSON.stringify(slow));
  });
  const own = ask({ query: "print 1" });
  setTimeout(() => left.forEach((each) => each.destroy()), 300);
  expect((await own).status).toBe(200);
});

test("an engine that is away is told with the time after which to ask again", async () => {
  const directory = await makeDirectory();
  const plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("away"));
  const { token } = await credential.getToken(`${plane.base}/.default`);
  const body = { query: "print 1" };
  expect(
    await plane.raw("POST", `/v1/subscriptions/${subscriptionId}/query`, { token, body }),
  ).toMatchObject({
    status: 503,
    headers: { "retry-after": "2" },
    body: { error: { code: "ServiceUnavailable", innererror: { message: "there is no engine" } } },
  });
  await plane.close();
  await removeDirectory(directory);
});
