import { randomUUID } from "node:crypto";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { type OperationBody, operationHeaders, retryAfterSeconds } from "../../arm/operation.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import type { ArmAnswer, ArmContext, Operation } from "./arm-request.ts";

const operationAction = "Microsoft.Network/locations/operations/read";
/** A finished operation can be asked for this long. */
const keepMilliseconds = 24 * 3_600_000;
/** Expired ones removed at each new one. */
const expiredCountMax = 100;

/** `documents("operations")`: what is needed to say, after a restart too, how an operation goes. */
export interface OperationRecord {
  /** Picks the progress function. */
  kind: string;
  /** What it is about, in the progress function's own words. */
  subject: string;
  subscriptionId: string;
  /** Client that asked for it, who may follow it whatever their roles; null in older records. */
  startedBy?: string;
  startedAt: number;
  /** Null until it is over. */
  outcome: OperationOutcome | null;
}

export interface OperationOutcome {
  body: OperationBody;
  /** What `operationResults` answers: 200 with a body for POST, 204 for DELETE. */
  result: { status: number; body?: unknown };
}

/** How an operation stands by what is recorded; null while it goes on. */
export type OperationProgress = (
  record: OperationRecord,
  state: State,
) => Promise<OperationOutcome | null>;

export const succeeded = (result: OperationOutcome["result"]): OperationOutcome => ({
  body: { status: "Succeeded" },
  result,
});

/** 202 with both headers. */
export async function acceptOperation(
  context: ArmContext,
  options: { kind: string; subject: string; location: string },
): Promise<ArmAnswer> {
  const { state, clock, baseUrl, apiVersion } = context;
  const { kind, subject, location } = options;
  const operationId = randomUUID();
  const subscriptionId = context.param("subscriptionId");
  const records = state.documents<OperationRecord>("operations");
  const startedAt = clock.now();
  for (const { key } of await records.due(startedAt, expiredCountMax)) await records.delete(key);
  const startedBy = context.caller.id;
  const record = { kind, subject, subscriptionId, startedBy, startedAt, outcome: null };
  await records.put(operationId, record, { dueAt: startedAt + keepMilliseconds });
  const headers = operationHeaders({ baseUrl, subscriptionId, location, operationId, apiVersion });
  return { status: 202, headers };
}

/** The two resources that clients poll. */
export function longRunningOperations(
  progress: Readonly<Record<string, OperationProgress>>,
): Operation[] {
  const root = "/subscriptions/{subscriptionId}/providers/Microsoft.Network/locations/{location}";
  const common = {
    method: "GET" as const,
    action: operationAction,
    reach: "anyone" as const,
    apiVersions: apiVersionsOf("Microsoft.Network/locations/operations"),
  };
  const outcomeOf = async (context: ArmContext): Promise<OperationOutcome | null> => {
    const records = context.state.documents<OperationRecord>("operations");
    const id = context.param("operationId");
    const found = await records.get(id.toLowerCase());
    const mine = found && sameText(found.body.subscriptionId, context.param("subscriptionId"));
    if (!found || !mine || !mayFollow(context, found.body)) {
      throw new NightcapError("ResourceNotFound", `The operation '${id}' was not found.`);
    }
    const { body: record, revision, dueAt } = found;
    const outcome =
      record.outcome ?? (await progress[record.kind]?.(record, context.state)) ?? null;
    if (outcome && !record.outcome) {
      await records.put(found.key, { ...record, outcome }, { revision, dueAt });
    }
    return outcome;
  };
  const waiting = { "retry-after": String(retryAfterSeconds) };
  return [
    {
      ...common,
      path: `${root}/operations/{operationId}`,
      async handle(context) {
        const outcome = await outcomeOf(context);
        if (outcome) return { status: 200, body: outcome.body };
        return { status: 200, body: { status: "InProgress" }, headers: waiting };
      },
    },
    {
      ...common,
      path: `${root}/operationResults/{operationId}`,
      async handle(context) {
        const outcome = await outcomeOf(context);
        if (outcome) return outcome.result;
        const location = `${context.baseUrl}${context.path}?api-version=${context.apiVersion}`;
        return { status: 202, headers: { ...waiting, location } };
      },
    },
  ];
}

/** Whoever started it, and whoever may read operations. */
const mayFollow = ({ caller, permit, path }: ArmContext, { startedBy }: OperationRecord): boolean =>
  startedBy === caller.id || permit.access.allows(operationAction, path);

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
