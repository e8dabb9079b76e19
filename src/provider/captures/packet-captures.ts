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
import { withCaptureExtension } from "./capture-extension.ts";
import type { PacketCaptureOptions } from "./capture-options.ts";
import { createCapture, packetCaptureType } from "./capture-create.ts";
import { type CaptureSession, isFinished, mayRecord, sessionStatus } from "./capture-session.ts";
import { acceptOperation, type OperationProgress, succeeded } from "../kernel/long-running.ts";
import { sessionStore } from "./session-store.ts";

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
        return listAnswer(context, { scope, type: packetCaptureType }, (resource) =>
          withCaptureExtension(context.state, resource),
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
        return resourceAnswer(200, await withCaptureExtension(context.state, found));
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
    const found = await sessionStore(state).get(subject);
    const over = !found || isFinished(found.body) || !mayRecord(found.body);
    return over ? succeeded({ status: 200, body: null }) : null;
  },
  async deletePacketCapture({ subject }, state) {
    const found = await sessionStore(state).get(subject);
    if (!found) return succeeded({ status: 204 });
    const current = await sessionStore(state).find(found.body.captureId);
    const isSame = current?.key === subject;
    const gone = !isSame || !(await state.resources.get(found.body.captureId));
    return gone ? succeeded({ status: 204 }) : null;
  },
};

const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

async function stopCapture(context: ArmContext, options: PacketCaptureOptions): Promise<ArmAnswer> {
  const resource = await findResource(context, parentOf(context.path));
  const session = await want(context, resource.id, "stopped");
  options.onChanged();
  // Stopping a stopped one is no error.
  if (!session || isFinished(session) || !mayRecord(session)) return { status: 200 };
  return accept(context, "stopPacketCapture", session);
}

async function queryStatus(
  context: ArmContext,
  { agents }: PacketCaptureOptions,
): Promise<ArmAnswer> {
  const resource = await findResource(context, parentOf(context.path));
  const found = await sessionStore(context.state).find(resource.id);
  const name = resource.id.slice(resource.id.lastIndexOf("/") + 1);
  if (!found) {
    const unknown = {
      name,
      id: resource.id,
      packetCaptureStatus: "Unknown",
      packetCaptureError: [],
    };
    return { status: 200, body: unknown };
  }
  const session = found.body;
  const { status, stopReason, errors } = sessionStatus(session, agents.isConnected(session.hostId));
  const startTime = session.observed?.captureStartTime ?? null;
  const body: PacketCaptureStatus = {
    name,
    id: resource.id,
    ...(startTime === null ? {} : { captureStartTime: startTime }),
    packetCaptureStatus: status,
    ...(stopReason === null ? {} : { stopReason }),
    packetCaptureError: [...new Set(errors.map(({ code }) => code))],
  };
  return { status: 200, body };
}

async function deleteCapture(
  context: ArmContext,
  options: PacketCaptureOptions,
): Promise<ArmAnswer> {
  // Together, so that the reconciler cannot remove the resource between two of these writes.
  const outcome = await context.state.transact(async (inside) => {
    const resource = await inside.resources.get(context.path);
    if (!resource) return null;
    checkConditions(context, resource);
    const session = await want({ state: inside, clock: context.clock }, resource.id, "deleted");
    if (session && mustStopFirst(session, options)) {
      await inside.resources.put({ ...resource, body: deleting(resource.body) });
      return { session };
    }
    await inside.resources.delete(resource.id);
    return null;
  });
  const answer = outcome
    ? await accept(context, "deletePacketCapture", outcome.session)
    : noContent;
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

/** Records what is wanted of a capture from now on; a deleted one stays deleted. */
async function want(
  { state, clock }: Pick<ArmContext, "state" | "clock">,
  captureId: string,
  desired: "stopped" | "deleted",
): Promise<CaptureSession | null> {
  const sessions = sessionStore(state);
  const found = await sessions.find(captureId);
  if (!found) return null;
  const now = clock.now();
  return sessions.update(found.key, (session) => {
    if (session.desired === "deleted" || session.desired === desired) return null;
    if (desired === "stopped" && isFinished(session)) return null;
    return { session: { ...session, desired, desiredAt: now, commandedAt: null }, dueAt: now };
  });
}

function accept(context: ArmContext, kind: string, session: CaptureSession): Promise<ArmAnswer> {
  const location = locationOf(context);
  return acceptOperation(context, { kind, subject: session.spec.sessionId, location });
}

/** The operation's place in the URL says nothing but where it is found; the watcher's name has the region. */
const locationOf = (context: ArmContext): string =>
  context.param("networkWatcherName").replace(/^NetworkWatcher_/i, "");
