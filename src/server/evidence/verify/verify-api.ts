import { z } from "zod";
import { NightcapError } from "../../../common/errors.ts";
import type { Caller } from "../../../provider/kernel/arm-request.ts";
import type { State } from "../../../state/state.ts";
import { type ApiRoute, route } from "../../openapi/route.ts";
import { listOf, time } from "../../openapi/shapes.ts";
import { findCaptures } from "../../retention/find-captures.ts";
import type { AccessRecords } from "../access-records.ts";
import type { Verification, Verifications } from "./verifications.ts";

const path = "/nightcap/v1/captures/{capture}/verify";
/** Hosts of a scale set's capture that are verified by one request. */
const sessionCountMax = 2;

const viewedCheck = z.object({
  kind: z.enum(["manifest", "chain", "file", "log"]),
  name: z.string(),
  role: z.enum(["capture", "coverage", "owners", "report"]).nullable(),
  verdict: z.enum(["right", "wrong", "missing", "removed", "notHere", "notChecked"]),
  detail: z.string().nullable(),
  ranges: z
    .array(z.object({ start: z.int(), end: z.int() }))
    .describe("Bytes that are not what was signed, where that is known"),
});
const viewedVerification = z.object({
  sessionId: z.string(),
  state: z.enum(["running", "done", "failed"]),
  startedAt: time,
  finishedAt: time.nullable(),
  startedBy: z.string(),
  readBytes: z.int(),
  totalBytes: z.int(),
  verdict: z.enum(["right", "wrong", "incomplete"]).nullable(),
  checks: z.array(viewedCheck),
  problem: z.string().nullable(),
});

export interface VerifyApiOptions {
  state: State;
  verifications: Verifications;
  records: Pick<AccessRecords, "record">;
  addressOf: (request: Request) => string | null;
  isAuditor: (caller: Caller) => Promise<boolean>;
}

/** Whether what is stored is what was signed: begun with one, followed with the other, as a large file takes its time. */
export const verifyRoutes = (options: VerifyApiOptions): ApiRoute[] => [
  route(
    {
      method: "POST",
      path,
      summary: "Begins to hold what is stored of a capture against what was signed",
      errors: ["InvalidParameter", "ResourceNotFound", "TooManyRequests", "AccessLogFailed"],
      answers: { 202: { description: "How far it is", json: listOf(viewedVerification) } },
    },
    async ({ params: { capture }, caller, request, note }) => {
      note(`${capture}: verify`);
      return { status: 202, body: { value: await begin(options, capture, { caller, request }) } };
    },
  ),
  route(
    {
      method: "GET",
      path,
      summary: "How far the last verification of a capture is, and what came of it",
      errors: ["InvalidParameter", "ResourceNotFound"],
      answers: {
        200: {
          description: "Empty: there was none since the control plane started",
          json: listOf(viewedVerification),
        },
      },
    },
    async ({ params: { capture } }) => {
      const sessionIds = await findSessions(options.state, capture);
      const value = sessionIds.flatMap((id) => options.verifications.last(id) ?? []);
      return { status: 200, body: { value } };
    },
  ),
];

async function begin(
  { state, verifications, records, addressOf, isAuditor }: VerifyApiOptions,
  capture: string,
  { caller, request }: { caller: Caller; request: Request },
): Promise<Verification[]> {
  const sessionIds = await findSessions(state, capture);
  const withLog = await isAuditor(caller);
  const who = { kind: "token", id: caller.id, name: caller.name } as const;
  const value = [];
  for (const target of sessionIds) {
    // Every byte of it is read for this person, though none goes out.
    const detail = "verify";
    await records.record({ kind: "inspection", who, address: addressOf(request), target, detail });
    value.push(verifications.begin(target, { name: caller.name, withLog }));
  }
  return value;
}

async function findSessions(state: State, name: string): Promise<string[]> {
  const found = await findCaptures(state, name);
  if (found.length <= sessionCountMax) return found.map(({ key }) => key);
  const message = `"${name.slice(0, 200)}" has ${found.length} recordings: name one by its session's id`;
  throw new NightcapError("InvalidParameter", message);
}
