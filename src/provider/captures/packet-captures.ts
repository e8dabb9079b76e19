import { apiVersionsOf } from "../../arm/api-version.ts";
import type { PacketCaptureStatus } from "../../arm/packet-capture.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { withCaptureExtensions } from "./capture-extension.ts";
import type { PacketCaptureOptions } from "./capture-options.ts";
import { createCapture, packetCaptureType } from "./capture-create.ts";
import { type CaptureSession, isFinished, mayRecord } from "./capture-session.ts";
import { joinStatus } from "./capture-status.ts";
import { acceptOperation, type OperationProgress, succeeded } from "../kernel/long-running.ts";
import { sessionStore } from "./session-store.ts";
import { checkCaptureNotHeld } from "./stored-captures.ts";

const watcher =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkWatchers/{networkWatcherName}";

/** Microsoft.Network/networkWatchers/packetCaptures. */
export function packetCaptureOperations(options: PacketCaptureOptions): Operation[] {
  const apiVersions = apiVersionsOf(packetCaptureType);
  const action = (verb: string) => `${packetCaptureType}/${verb}`;
  const path = `${watcher}/packetCaptures/{packetCaptureName}`;
  return [
    {
      method: "GET",
      path: `${watcher}/packetCaptures`,
      action: action("read"),
      apiVersions,
      async handle(context) {
        const scope = parentOf(context.path);
        await findResource(context, scope);
        return listAnswer(context, { scope, type: packetCaptureType }, (page) =>
          withCaptureExtensions(context.state, page, options.agents),
        );
      },
    },
    {
      method: "GET",
      path,
      action: action("read"),
      apiVersions,
      async handle(context) {
        const found = await findResource(context, context.path);
        const [shown = found] = await withCaptureExtensions(context.state, [found], options.agents);
        return resourceAnswer(200, shown);
      },
    },
    {
      method: "PUT",
      path,
      action: action("write"),
      apiVersions,
      handle: (context) => createCapture(context, options),
    },
    {
      method: "POST",
      path: `${path}/stop`,
      action: action("stop/action"),
      apiVersions,
      handle: (context) => stopCapture(context, options),
    },
    {
      method: "POST",
      path: `${path}/queryStatus`,
      action: action("queryStatus/action"),
      apiVersions,
      handle: (context) => queryStatus(context, options),
    },
    {
      method: "DELETE",
      path,
      action: action("delete"),
      apiVersions,
      handle: (context) => deleteCapture(context, options),
    },
  ];
}

/** How stop and delete stand, from what is recorded: nothing is kept in memory. */
export const packetCaptureProgress: Readonly<Record<string, OperationProgress>> = {
  async stopPacketCapture({ subject }, state) {
    const { captureId, runId } = readSubject(subject);
    const sessions = sessionStore(state);
    const isSame = (await sessions.runOf(captureId)) === runId;
    const over = !isSame || (await sessions.findAll(captureId)).every(hasEnded);
    return over ? succeeded({ status: 200, body: null }) : null;
  },
  async deletePacketCapture({ subject }, state) {
    const { captureId, runId } = readSubject(subject);
    const isSame = (await sessionStore(state).runOf(captureId)) === runId;
    const gone = !isSame || !(await state.resources.get(captureId));
    return gone ? succeeded({ status: 204 }) : null;
  },
};

const hasEnded = (session: CaptureSession): boolean => isFinished(session) || !mayRecord(session);

/** The packet capture by its id, and which of those that had this name. */
function readSubject(subject: string): { captureId: string; runId: string } {
  const [runId = "", captureId = ""] = subject.split(" ");
  return { captureId, runId };
}

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

async function stopCapture(context: ArmContext, options: PacketCaptureOptions): Promise<ArmAnswer> {
  const resource = await findResource(context, parentOf(context.path));
  const sessions = await want(context, resource.id, "stopped");
  options.onChanged();
  // Stopping a stopped one is no error.
  if (sessions.every(hasEnded)) return { status: 200 };
  return accept(context, "stopPacketCapture", resource.id);
}

async function queryStatus(
  context: ArmContext,
  { agents }: PacketCaptureOptions,
): Promise<ArmAnswer> {
  const { id } = await findResource(context, parentOf(context.path));
  const sessions = await sessionStore(context.state).findAll(id);
  const { status, stopReason, errors, captureStartTime } = joinStatus(sessions, agents);
  const warnings = sessions.flatMap(({ observed }) => observed?.coverage?.warnings ?? []);
  const body: PacketCaptureStatus = {
    name: id.slice(id.lastIndexOf("/") + 1),
    id,
    ...(captureStartTime === null ? {} : { captureStartTime }),
    packetCaptureStatus: status,
    ...(stopReason === null ? {} : { stopReason }),
    packetCaptureError: [...new Set(errors.map(({ code }) => code))],
    ...(warnings.length === 0 ? {} : { nightcap: { warnings } }),
  };
  return { status: 200, body };
}

async function deleteCapture(
  context: ArmContext,
  options: PacketCaptureOptions,
): Promise<ArmAnswer> {
  // Together, so that the reconciler cannot remove the resource between two of these writes.
  const waits = await context.state.transact(async (inside) => {
    const resource = await inside.resources.get(context.path);
    if (!resource) return false;
    checkConditions(context, resource);
    const known = await sessionStore(inside).findAll(resource.id);
    const sessionIds = known.map(({ spec }) => spec.sessionId);
    await checkCaptureNotHeld(inside, resource.id, sessionIds);
    const sessions = await want({ state: inside, clock: context.clock }, resource.id, "deleted");
    if (sessions.some((session) => mustStopFirst(session, options))) {
      await inside.resources.put({ ...resource, body: deleting(resource.body) });
      return true;
    }
    await inside.resources.delete(resource.id);
    return false;
  });
  const answer = waits ? await accept(context, "deletePacketCapture", context.path) : noContent;
  options.onChanged();
  return answer;
}

const mustStopFirst = (session: CaptureSession, { agents }: PacketCaptureOptions): boolean =>
  !isFinished(session) &&
  mayRecord(session) &&
  session.started &&
  agents.isConnected(session.hostId);

const deleting = (body: Record<string, unknown>): Record<string, unknown> => ({
  ...body,
  properties: { ...(body["properties"] as object), provisioningState: "Deleting" },
});

/** Records what is wanted of a capture's sessions from now on; a deleted one stays deleted. */
async function want(
  { state, clock }: Pick<ArmContext, "state" | "clock">,
  captureId: string,
  desired: "stopped" | "deleted",
): Promise<CaptureSession[]> {
  const sessions = sessionStore(state);
  const now = clock.now();
  const wanted: CaptureSession[] = [];
  for (const { spec } of await sessions.findAll(captureId)) {
    const session = await sessions.update(spec.sessionId, (current) => {
      if (current.desired === "deleted" || current.desired === desired) return null;
      if (desired === "stopped" && isFinished(current)) return null;
      return { session: { ...current, desired, desiredAt: now, commandedAt: null }, dueAt: now };
    });
    if (session) wanted.push(session);
  }
  return wanted;
}

async function accept(context: ArmContext, kind: string, captureId: string): Promise<ArmAnswer> {
  const location = locationOf(context);
  const runId = (await sessionStore(context.state).runOf(captureId)) ?? "";
  return acceptOperation(context, { kind, subject: `${runId} ${captureId}`, location });
}

/** The operation's place in the URL says nothing but where it is found; the watcher's name has the region. */
const locationOf = (context: ArmContext): string =>
  context.param("networkWatcherName").replace(/^NetworkWatcher_/i, "");
