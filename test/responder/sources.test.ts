// From a body of any sender to jobs: several alerts a call, hosts by name, and what is answered to each.
import { beforeEach, expect, test } from "vitest";
import type { IncomingAlert } from "../../src/alert/incoming-alert.ts";
import { systemClock } from "../../src/common/clock.ts";
import type { DocumentTable } from "../../src/common/documents.ts";
import { silentLog } from "../../src/common/log.ts";
import { handleAlert, type HandleAlertOptions } from "../../src/responder/handle-alert.ts";
import type { Job } from "../../src/responder/job.ts";
import type { HostMatch, KnownHosts } from "../../src/responder/known-hosts.ts";
import { memoryDocumentTable } from "../../src/responder/memory-documents.ts";
import { unplacedCountMax, type UnplacedAlert } from "../../src/responder/unplaced-alerts.ts";
import { machineId } from "../provider/control-plane.ts";
import { sample, sampleText } from "../alert/sources/bodies.ts";
import { alertRequest, commonAlert } from "./alerts.ts";
import { testSettings } from "./open-responder.ts";

const databaseId = machineId.replace("web-1", "db-1");
const hosts: KnownHosts = {
  async find(name): Promise<HostMatch> {
    const found = { "web-1": machineId, "192.0.2.4": machineId, "db-1": databaseId }[name];
    if (found !== undefined) return { kind: "found", resourceId: found };
    return name === "172.17.0.1" ? { kind: "ambiguous", hostCount: 2 } : { kind: "unknown" };
  },
};

let jobs: DocumentTable<Job>;
let unplaced: DocumentTable<UnplacedAlert>;
let resolved: { alert: IncomingAlert; resourceIds: readonly string[] }[];
let counted: string[];

beforeEach(() => {
  jobs = memoryDocumentTable<Job>();
  unplaced = memoryDocumentTable<UnplacedAlert>();
  resolved = [];
  counted = [];
});

const post = async (body: unknown, change: Partial<HandleAlertOptions> = {}) => {
  const { response } = await handleAlert(alertRequest(body), {
    settings: testSettings(),
    jobs,
    unplaced,
    hosts,
    onResolved: async (alert, resourceIds) => void resolved.push({ alert, resourceIds }),
    countAlert: ({ source, outcome }) => void counted.push(`${source} ${outcome}`),
    clock: systemClock,
    log: silentLog,
    ...change,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const generic = (change: object = {}) => ({
  rule: "transfer",
  host: "web-1",
  time: "2026-11-21T04:00:12Z",
  ...change,
});
const listJobs = async () => (await jobs.list()).map(({ body }) => body.alert);

test("a group gives a job for each alert that fires, and passes on those that are over", async () => {
  const answer = await post(sample("alertmanager-group.json"));
  expect(answer).toEqual({
    status: 202,
    body: {
      status: "accepted",
      jobIds: [expect.stringMatching(/^[0-9a-f]{32}$/)],
      leftOutCount: 3,
      alerts: [
        { status: "accepted", rule: "EgressHigh", jobIds: [expect.any(String)], duplicate: false },
        {
          status: "ignored",
          rule: "EgressHigh",
          reason: 'alert "EgressHigh" is resolved: its condition is over',
        },
      ],
    },
  });
  expect(await listJobs()).toMatchObject([
    {
      resourceId: machineId,
      ruleName: "EgressHigh",
      severity: 0,
      timeLimitInSeconds: 20,
      description: "web-1 sends more than usual",
    },
  ]);
  expect(resolved).toMatchObject([{ alert: { fired: false }, resourceIds: [databaseId] }]);
  expect(counted).toEqual(["alertmanager accepted", "alertmanager ignored"]);
  expect((await post(sample("alertmanager-group.json"))).body["alerts"]).toMatchObject([
    { duplicate: true },
    {},
  ]);
  expect(await jobs.count()).toBe(1);
});

test("addresses of an intrusion alert find the hosts and become the capture's filters", async () => {
  expect((await post(sampleText("suricata.jsonl"))).body["alerts"]).toMatchObject([
    { status: "ignored", reason: 'event_type "dns" is no alert' },
    { status: "accepted" },
    { status: "accepted" },
  ]);
  const found = await listJobs();
  expect(found.map(({ resourceId }) => resourceId)).toEqual([machineId, machineId]);
  const filters = found.find(({ severity }) => severity === 2)?.filters;
  expect(filters).toEqual([
    {
      protocol: "TCP",
      localIPAddress: "203.0.113.7",
      remoteIPAddress: "192.0.2.4",
      localPort: "443",
    },
    {
      protocol: "TCP",
      localIPAddress: "192.0.2.4",
      remoteIPAddress: "203.0.113.7",
      remotePort: "443",
    },
  ]);
});

test("both ends are recorded where both are hosts of ours, and each once", async () => {
  const answer = await post(generic({ host: undefined, hosts: ["web-1", "192.0.2.4", "db-1"] }));
  expect(answer).toMatchObject({ status: 202, body: { status: "accepted", duplicate: false } });
  expect(answer.body["jobIds"]).toHaveLength(2);
  expect((await listJobs()).map(({ resourceId }) => resourceId).toSorted()).toEqual([
    databaseId,
    machineId,
  ]);
});

test("a resource id is taken for a host's name too, in whichever field it comes", async () => {
  expect((await post(generic({ host: machineId }))).status).toBe(202);
  expect((await post(commonAlert({ target: "db-1" }))).status).toBe(202);
  expect((await listJobs()).map(({ resourceId }) => resourceId).toSorted()).toEqual([
    databaseId,
    machineId,
  ]);
});

test("an unknown host is answered with the reason, remembered and counted", async () => {
  const answer = await post(generic({ host: "web-404" }));
  const reason = 'no known host is "web-404"';
  expect(answer).toEqual({ status: 200, body: { status: "unplaced", reason } });
  await post(generic({ host: "web-404" }));
  expect((await unplaced.list()).map(({ body }) => body)).toMatchObject([
    { source: "generic", rule: "transfer", names: ["web-404"], reason, count: 2 },
  ]);
  expect(counted).toEqual(["generic unplaced", "generic unplaced"]);
  expect((await post(generic({ host: "172.17.0.1" }))).body["reason"]).toBe(
    '2 hosts are "172.17.0.1": name one by an alias',
  );
  const group = sample("grafana-group.json");
  const alerts = [{ ...(group["alerts"] as object[])[0], labels: { alertname: "x" } }];
  expect(await post({ ...group, alerts })).toMatchObject({
    status: 200,
    body: { status: "unplaced", alerts: [{ reason: "alert names no host" }] },
  });
});

test("the memory of unknown hosts has a limit, and the newest stay", async () => {
  const lines = (from: number) =>
    Array.from({ length: 600 }, (_, index) =>
      JSON.stringify(generic({ host: "nobody", id: String(from + index) })),
    ).join("\n");
  await post(lines(0));
  await post(lines(600));
  expect(await unplaced.count()).toBe(unplacedCountMax);
});

test("a bad alert in a group is refused by itself; a group of nothing else is 400", async () => {
  const group = sample("alertmanager-group.json");
  const [first] = group["alerts"] as Record<string, unknown>[];
  const faulty = { ...first, annotations: { timeLimitInSeconds: "soon" } };
  expect(await post({ ...group, alerts: [faulty, first] })).toMatchObject({
    status: 202,
    body: {
      alerts: [
        {
          status: "refused",
          error: {
            code: "AlertUnreadable",
            message: 'alert property timeLimitInSeconds is "soon": 1 to 18000 expected',
          },
        },
        { status: "accepted" },
      ],
    },
  });
  expect(await post({ ...group, alerts: [faulty] })).toMatchObject({
    status: 400,
    body: { status: "refused" },
  });
});

test("a group of which one alert could not be recorded comes again, and the others are not doubled", async () => {
  const put = jobs.put.bind(jobs);
  let failures = 1;
  jobs.put = (key, body, options) =>
    body.alert.resourceId === databaseId && failures-- > 0
      ? Promise.reject(new Error("disk full"))
      : put(key, body, options);
  const lines = [generic(), generic({ host: "db-1" })]
    .map((each) => JSON.stringify(each))
    .join("\n");
  const first = await post(lines);
  expect(first).toMatchObject({
    status: 503,
    body: {
      status: "failed",
      alerts: [
        { status: "accepted" },
        { status: "failed", error: { message: "alert could not be recorded; send it again" } },
      ],
    },
  });
  expect(JSON.stringify(first)).not.toContain("disk full");
  expect(await post(lines)).toMatchObject({
    status: 202,
    body: { alerts: [{ duplicate: true }, { duplicate: false }] },
  });
});

test("without known hosts, a resource id is asked for", async () => {
  const alone = { hosts: undefined };
  expect((await post(generic(), alone)).body).toEqual({
    status: "unplaced",
    reason: 'host "web-1" is no resource id, and no hosts are known',
  });
  expect((await post(generic({ host: machineId }), alone)).status).toBe(202);
});
