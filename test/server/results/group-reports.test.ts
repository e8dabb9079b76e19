// Captures that belong together have one report, which grows as each ends, and each leads to it.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReportKeys } from "../../../src/server/results/report-file.ts";
import { z } from "zod";
import { writeFileAtomic } from "../../../src/common/files.ts";
import {
  type CaptureResult,
  type CaptureSession,
  captureSessionCollection,
} from "../../../src/provider/captures/capture-session.ts";
import type { Job } from "../../../src/responder/job.ts";
import { alertGroups } from "../../../src/server/results/alert-groups.ts";
import { groupsOf } from "../../../src/server/results/capture-groups.ts";
import {
  type CaptureGroup,
  createGroupReports,
  type GroupReports,
  reportIdOf,
} from "../../../src/server/results/group-reports.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { documentOf } from "../../report/group-documents.ts";

let directory: string;
let state: State;
let group: CaptureGroup;
let now: number;
let reports: GroupReports;

const directoryOf = (id: string): string => join(directory, "reports", id);
const linkTo = (id: string): string => `https://127.0.0.1/reports/${id}.html?key=k`;
const idOf = (number: number): string =>
  `0b1c2d3e-0000-4000-8000-${String(number).padStart(12, "0")}`;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-groups-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  group = { key: "name\nslow", title: "Captures slow", captureCount: null };
  now = Date.parse("2026-11-21T02:00:00Z");
  reports = createGroupReports({
    state,
    directoryOf,
    linkTo,
    reportKeys: new ReportKeys(null),
    groupsOf: async () => [group],
    clock: { now: () => now, sleep: async () => {} },
  });
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const sessions = () => state.documents<CaptureSession>(captureSessionCollection);
const good: CaptureResult = { sha256Verified: true, reportPath: "/report.html" };

/** A capture that ends on `web-NUMBER`, as the result loop tells of it. */
async function end(number: number, result = good, hasReport = true): Promise<CaptureResult> {
  const sessionId = idOf(number);
  const name = `slow-web-${number}`;
  const session = {
    captureId: `/watcher/packetCaptures/${name}`,
    spec: { sessionId, name },
    targetId: `/machines/web-${number}`,
    result: null,
  } as unknown as CaptureSession;
  if (hasReport) {
    const text = JSON.stringify(documentOf({ host: `web-${number}`, onset: now - number * 1_000 }));
    await writeFileAtomic(join(directoryOf(sessionId), "report.json"), text);
  }
  await sessions().put(sessionId, session);
  const groupReports = await reports.add(session, result);
  const ended = { ...result, ...(groupReports.length > 0 && { groupReports }) };
  await sessions().put(sessionId, { ...session, result: ended });
  return ended;
}

const page = async (form: "html" | "text" | "json"): Promise<string> =>
  readFile(
    join(directoryOf(reportIdOf(group.key)), `report.${form === "text" ? "txt" : form}`),
    "utf8",
  );
const linksOf = async (number: number) =>
  (await sessions().get(idOf(number)))?.body.result?.groupReports;

test("each capture that ends is added, and all lead to the one page", async () => {
  const link = { title: "Captures slow", link: linkTo(reportIdOf(group.key)) };
  expect((await end(1)).groupReports).toEqual([link]);
  expect(await page("text")).toMatch(/^Captures slow: 1 of 1 capture changed/);
  await end(2);
  await end(3, { sha256Verified: null, reportPath: null, problem: "not inspected: torn" }, false);
  expect(await page("text")).toBe(
    [
      "Captures slow: 2 of 3 hosts changed; first web-2 at 01:59:58 UTC: Exfiltration",
      "web-1: Exfiltration (likely): 203.0.113.7:443 (1 kB/s to 90 kB/s)",
      "web-2: Exfiltration (likely): 203.0.113.7:443 (1 kB/s to 90 kB/s)",
      "web-3: not inspected: torn",
      "",
    ].join("\n"),
  );
  for (const number of [1, 2, 3]) expect(await linksOf(number)).toEqual([link]);
  const html = await page("html");
  for (const number of [1, 2]) expect(html).toContain(linkTo(idOf(number)).replace("&", "&amp;"));
  expect(html).not.toContain(linkTo(idOf(3)));
  expect(z.uuid().safeParse(reportIdOf(group.key)).success).toBe(true);
});

test("the same capture again is in it once, and one that was deleted stays in it", async () => {
  await end(1);
  await end(1);
  await sessions().delete(idOf(1));
  await end(2);
  const { members } = JSON.parse(await page("json")) as { members: { host: string }[] };
  expect(members.map(({ host }) => host)).toEqual(["web-1", "web-2"]);
});

test("of an alert on two hosts the first has its page at once, and one host alone has none", async () => {
  group = { ...group, captureCount: 1 };
  expect((await end(1)).groupReports).toBeUndefined();
  group = { ...group, captureCount: 3 };
  await end(2);
  expect(await page("text")).toContain("1 capture more to come");
  expect(await linksOf(1)).toEqual(await linksOf(2)); // it is found by the second
  await end(3);
  expect(await page("text")).not.toContain("more to come");
  expect(await page("text")).toContain("3 of 3 hosts changed");
});

test("a report has 64 captures at most, and after a month another begins", async () => {
  const sessionIds = Array.from({ length: 63 }, (_, number) => idOf(number));
  const full = { title: group.title, sessionIds };
  await state.documents("captureGroups").put(reportIdOf(group.key), full);
  for (let number = 63; number <= 66; number++) await end(number);
  const countOf = async (): Promise<number> =>
    (JSON.parse(await page("json")) as { members: [] }).members.length;
  expect(await countOf()).toBe(64);
  now += 31 * 86_400_000;
  await end(70);
  await end(71);
  expect(await countOf()).toBe(2);
});

test("groups are the name within a watcher, the hosts of a scale set, the alert and the incident", async () => {
  const watcher = "/subscriptions/S/watchers/W";
  const captureId = `${watcher}/packetCaptures/slow-web-1`;
  const seed = { captureId, spec: { name: "slow" }, createdAt: 5 } as unknown as CaptureSession;
  const none = async () => [];
  expect(await groupsOf(state, seed, none)).toEqual([]);
  const named = await groupsOf(state, { ...seed, groupName: "night" }, none);
  const other = { ...seed, captureId: "/other/packetCaptures/slow-web-1", groupName: "night" };
  expect(named).toMatchObject([{ title: "Captures night" }]);
  expect((await groupsOf(state, other, none))[0]?.key).not.toBe(named[0]?.key);
  const set = await groupsOf(state, { ...seed, instanceId: "0" }, none);
  expect(set).toMatchObject([{ title: "Capture slow of a scale set" }]);

  const job = (id: string, more: Partial<Job> = {}): Job =>
    ({
      jobId: id,
      alert: {
        dedupeKey: "egress|1",
        ruleId: "/rules/egress",
        ruleName: "egress",
        resourceId: `/machines/${id}`,
        firedTime: now,
      },
      capture: { id: `/captures/${id}` },
      outcome: null,
      incidentId: `i-${id}`,
      ...more,
    }) as Job;
  const refused = { capture: null, outcome: { kind: "limitReached" } } as Partial<Job>;
  const jobs = [
    job("a"),
    job("b", { capture: null }),
    job("c", refused),
    job("d", { recordingId: "a", incidentId: "i-a" }),
    job("e", {
      incidentId: "i-a",
      alert: { ...job("e").alert, ruleId: "/rules/other", dedupeKey: "other" },
    }),
  ];
  expect(alertGroups(jobs, "/Captures/A")).toEqual([
    { key: "alert\negress|1", title: "Alert egress of 2026-11-21T02:00:00.000Z", captureCount: 2 },
    { key: "incident\ni-a", title: "Incident i-a", captureCount: 2 },
  ]);
  expect(alertGroups(jobs, "/captures/none")).toEqual([]);

  const minute = 60_000;
  const fired = (id: string, minutes: number, host = id): Job => {
    const alert = { ...job(id).alert, dedupeKey: id, resourceId: `/machines/${host}` };
    return job(id, { alert: { ...alert, firedTime: now + minutes * minute } });
  };
  const waves = [fired("p", 0), fired("q", 4), fired("r", 9), fired("s", 15), fired("t", 16, "S")];
  const waveOf = (id: string) =>
    alertGroups(waves, `/captures/${id}`).filter(({ key }) => key.startsWith("rule"));
  const first = {
    key: `rule\n/rules/egress\n${now}`,
    title: "Rule egress from 2026-11-21T02:00:00.000Z on",
    captureCount: 3,
  };
  for (const id of ["p", "q", "r"]) expect(waveOf(id)).toEqual([first]);
  // Six minutes later, and on one host alone.
  expect(waveOf("s")).toMatchObject([{ captureCount: 1 }]);
});
