import { createHash } from "node:crypto";
import { type Clock, isoTime } from "../../common/clock.ts";
import {
  type CaptureResult,
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import { summarizeCapture } from "../../report/capture-summary.ts";
import type { ReportDocument } from "../../report/document.ts";
import { renderGroupHtml } from "../../report/group-html.ts";
import {
  type GroupMember,
  type GroupReportInput,
  renderGroupJson,
  renderGroupText,
} from "../../report/group-report.ts";
import type { State } from "../../state/state.ts";
import type { KeyRing } from "../../storage/vault/key-ring.ts";
import { readReportFile, type ReportKeys, writeReportFile } from "./report-file.ts";
import { reportFiles } from "./report-task.ts";

/** Captures of one report; of more the first ones are in it. */
const memberCountMax = 64;
/** Afterwards a capture that joins begins another report. */
const groupLifeMilliseconds = 30 * 86_400_000;
const forgottenAtOnceMax = 10;
const groupCollection = "captureGroups";

/** Captures that are told of together. */
export interface CaptureGroup {
  /** Stable; not shown. */
  key: string;
  /** What they have in common, for people. */
  title: string;
  /** How many there will be; null where that is not known. */
  captureCount: number | null;
}

/** Which captures have a report together: `documents("captureGroups")`, by the report's id. */
interface GroupDocument {
  title: string;
  sessionIds: string[];
}

export interface GroupReportOptions {
  state: State;
  directoryOf: (reportId: string) => string;
  linkTo: (reportId: string) => string;
  /** What reports are encrypted with. */
  reportKeys: ReportKeys;
  /** The groups that a capture is of. */
  groupsOf: (session: CaptureSession) => Promise<readonly CaptureGroup[]>;
  clock: Clock;
}

export type GroupLink = NonNullable<CaptureResult["groupReports"]>[number];

export interface GroupReports {
  /**
   * Makes the reports of all groups that the session is of, with the result that it is about to have, and
   * gives their links. May be called again with the same.
   */
  add(session: CaptureSession, result: CaptureResult): Promise<GroupLink[]>;
}

export function createGroupReports(options: GroupReportOptions): GroupReports {
  return {
    async add(session, result) {
      const links: GroupLink[] = [];
      for (const group of await options.groupsOf(session)) {
        const isAlone = group.captureCount !== null && group.captureCount < 2;
        // One that is alone has no page; the next of its group finds it.
        if (isAlone) await joinGroup(reportIdOf(group.key), group, session.spec.sessionId, options);
        else links.push(await addTo(group, { session, result }, options));
      }
      await forgetOld(options);
      return links;
    },
  };
}

interface Ended {
  session: CaptureSession;
  result: CaptureResult;
}

async function addTo(
  group: CaptureGroup,
  ended: Ended,
  options: GroupReportOptions,
): Promise<GroupLink> {
  const reportId = reportIdOf(group.key);
  const sessionIds = await joinGroup(reportId, group, ended.session.spec.sessionId, options);
  const members = await membersOf(sessionIds, ended, options);
  const link = { title: group.title, link: options.linkTo(reportId) };
  const input: GroupReportInput = {
    title: group.title,
    createdAt: isoTime(options.clock.now()),
    members: members.map(({ member }) => member),
    awaitedCount: Math.max(0, (group.captureCount ?? 0) - members.length),
  };
  const directory = options.directoryOf(reportId);
  await options.reportKeys.use(async (key) => {
    const write = (name: string, content: string): Promise<void> =>
      writeReportFile({ directory, name }, content, key);
    await write(reportFiles.json, renderGroupJson(input));
    await write(reportFiles.text, `${renderGroupText(input)}\n`);
    await write(reportFiles.html, renderGroupHtml(input));
  });
  for (const { session } of members) if (session) await giveLink(session, link, options);
  return link;
}

/** The id of a group's report has the form of a session's: the same links lead to both. */
export function reportIdOf(key: string): string {
  const hex = createHash("sha256").update(`group\n${key}`).digest("hex");
  // RFC 9562, 5.8: version 8, whose other bits are whoever's makes it.
  const bits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`;
  return bits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The sessions of the group, this one among them. */
async function joinGroup(
  reportId: string,
  { title }: CaptureGroup,
  sessionId: string,
  { state, clock }: GroupReportOptions,
): Promise<string[]> {
  const groups = state.documents<GroupDocument>(groupCollection);
  for (;;) {
    const found = await groups.get(reportId);
    const isOver = (found?.dueAt ?? Infinity) <= clock.now();
    const before = isOver ? [] : (found?.body.sessionIds ?? []);
    const isFull = before.length >= memberCountMax;
    const sessionIds = before.includes(sessionId) || isFull ? before : [...before, sessionId];
    const dueAt = clock.now() + groupLifeMilliseconds;
    const written = { revision: found?.revision ?? 0, dueAt };
    if (await groups.put(reportId, { title, sessionIds }, written)) return sessionIds;
  }
}

async function forgetOld({ state, clock }: GroupReportOptions): Promise<void> {
  const groups = state.documents<GroupDocument>(groupCollection);
  for (const { key } of await groups.due(clock.now(), forgottenAtOnceMax)) await groups.delete(key);
}

async function membersOf(
  sessionIds: readonly string[],
  ended: Ended,
  { state, directoryOf, linkTo, reportKeys }: GroupReportOptions,
): Promise<{ member: GroupMember; session: CaptureSession | null }[]> {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  const found = await sessions.getMany(sessionIds);
  const byId = new Map(found.map(({ key, body }) => [key, body]));
  return Promise.all(
    sessionIds.map(async (sessionId) => {
      const session = byId.get(sessionId) ?? null;
      const isThis = sessionId === ended.session.spec.sessionId;
      const result = isThis ? ended.result : (session?.result ?? null);
      const document = await readReport(directoryOf(sessionId), reportKeys.ring);
      const summary = document && summarizeCapture(document);
      const member: GroupMember = {
        sessionId,
        host: session?.targetId.split("/").at(-1) ?? summary?.host ?? null,
        captureName: session?.spec.name ?? summary?.name ?? sessionId,
        summary,
        problem: result?.problem ?? null,
        reportLink: summary ? linkTo(sessionId) : null,
      };
      return { member, session: isThis ? null : session };
    }),
  );
}

/** Ours: bounded, and whole or not there. */
async function readReport(directory: string, keys: KeyRing | null): Promise<ReportDocument | null> {
  const place = { directory, name: reportFiles.json };
  const bytes = await readReportFile(place, keys).catch(() => null);
  return bytes && (JSON.parse(bytes.toString()) as ReportDocument);
}

/** A capture that ended before the others learns of the report that it is in. */
async function giveLink(
  { spec }: CaptureSession,
  link: GroupLink,
  { state }: GroupReportOptions,
): Promise<void> {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  for (;;) {
    const found = await sessions.get(spec.sessionId);
    if (!found?.body.result) return;
    const { result } = found.body;
    const links = result.groupReports ?? [];
    if (links.some((each) => each.link === link.link)) return;
    const body = { ...found.body, result: { ...result, groupReports: [...links, link] } };
    const { revision, dueAt } = found;
    if (await sessions.put(spec.sessionId, body, { revision, dueAt })) return;
  }
}
