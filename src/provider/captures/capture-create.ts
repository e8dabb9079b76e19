import { randomUUID } from "node:crypto";
import {
  describePacketCapture,
  type PacketCaptureRequest,
  packetCaptureRequest,
} from "../../arm/packet-capture.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import { compileFilters } from "../../arm/capture-filter.ts";
import type { CaptureSpec } from "../../capture/session.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { checkConditions, findResource, resourceAnswer } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import type { PacketCaptureOptions } from "./capture-options.ts";
import { type CaptureSession, isActive } from "./capture-session.ts";
import { type CaptureStorage, chooseStorage } from "./capture-storage.ts";
import { type CaptureMember, findTarget } from "./capture-target.ts";
import { sessionStore } from "./session-store.ts";
import { type StoredCapture, storedCaptureOf, storedCaptures } from "./stored-captures.ts";

export const packetCaptureType = "Microsoft.Network/networkWatchers/packetCaptures";

/** PUT packetCaptures: checks everything first, then records resource and sessions together. */
export async function createCapture(
  context: ArmContext,
  options: PacketCaptureOptions,
): Promise<ArmAnswer> {
  checkResourceName(context.param("packetCaptureName"), "packet capture");
  const { properties: request } = parseContent(packetCaptureRequest, context.body);
  compileFilters(request.filters); // throws CaptureFilterInvalid with the value at fault
  const watcher = await findResource(context, context.path.split("/").slice(0, -2).join("/"));
  const target = await findTarget(context, request, watcher);
  const time = context.clock.now();
  const storage = await chooseStorage(context.state, { request, target, options, time });
  const sessions = target.members.map((member) =>
    makeSession(context, {
      request,
      member,
      storage,
      options,
      time,
      isOne: target.members.length === 1,
    }),
  );
  const kept = sessions.map((session) =>
    storedCaptureOf(session, {
      ...classOf(context, request, options),
      place: options.placeOf?.(session.storagePath) ?? null,
    }),
  );
  const properties = describePacketCapture(request, storage.storagePath);
  const stored = await context.state.transact(async (inside) => {
    await checkFree(context, inside, { ...options, addedCount: sessions.length });
    const resource = { id: context.path, type: packetCaptureType, body: { properties } };
    const written = await inside.resources.put(resource);
    await sessionStore(inside).add(sessions);
    for (const each of kept) await storedCaptures(inside).add(each);
    return written;
  });
  options.onStored?.(kept);
  options.onChanged();
  return resourceAnswer(201, stored);
}

function classOf(
  { caller }: ArmContext,
  { nightcapClass }: PacketCaptureRequest,
  options: PacketCaptureOptions,
): Pick<StoredCapture, "class" | "classFrom"> {
  if (nightcapClass !== undefined) return { class: nightcapClass, classFrom: "request" };
  return options.isAlertCaller?.(caller)
    ? { class: "evidence", classFrom: "alert" }
    : { class: "bulk", classFrom: "request" };
}

function makeSession(
  context: ArmContext,
  parts: {
    request: PacketCaptureRequest;
    member: CaptureMember;
    storage: CaptureStorage;
    options: PacketCaptureOptions;
    time: number;
    isOne: boolean;
  },
): CaptureSession {
  const { request, member, storage, options, time, isOne } = parts;
  const { hostId, targetId, instanceId } = member;
  return {
    captureId: context.path,
    spec: {
      sessionId: options.newSessionId?.() ?? randomUUID(),
      name: context.param("packetCaptureName"),
      interfaces: [],
      filters: request.filters,
      bytesToCapturePerPacket: request.bytesToCapturePerPacket,
      uploadUrl: null,
      ...limitsOf(request),
      ...lookBackOf(request, time, isOne),
      ...(request.nightcapPrivacy ? { privacy: request.nightcapPrivacy } : {}),
    },
    hostId,
    targetId,
    ...(instanceId === null ? {} : { instanceId }),
    ...(request.nightcapGroup === undefined ? {} : { groupName: request.nightcapGroup }),
    desired: "running",
    observed: null,
    verdict: null,
    storagePath: storage.pathOf(member),
    createdBy: context.caller,
    createdAt: time,
    desiredAt: time,
    commandedAt: null,
    started: false,
    result: null,
  };
}

/**
 * A moment that is still to come is taken for now: clocks differ, and nobody records the future. Several
 * hosts look back from one moment; one host alone from the one at which it is asked.
 */
function lookBackOf(
  request: PacketCaptureRequest,
  time: number,
  isOne: boolean,
): Pick<CaptureSpec, "lookBack"> {
  const { lookBackInSeconds: seconds, lookBackFrom } = request;
  if (seconds === 0) return {};
  const unsaid = isOne ? null : time;
  const from = lookBackFrom === undefined ? unsaid : Math.min(Date.parse(lookBackFrom), time);
  return { lookBack: { seconds, from } };
}

/** How long, how much and into what: one file, or several with `captureSettings`. */
function limitsOf(
  request: PacketCaptureRequest,
): Pick<CaptureSpec, "totalBytesPerSession" | "timeLimitInSeconds" | "filePath" | "ring"> {
  const { continuousCapture, captureSettings, storageLocation } = request;
  if (continuousCapture === null || captureSettings === null) {
    const { totalBytesPerSession, timeLimitInSeconds } = request;
    const filePath = storageLocation.filePath ?? null;
    return { totalBytesPerSession, timeLimitInSeconds, filePath };
  }
  const { fileCount, fileSizeInBytes, sessionTimeLimitInSeconds } = captureSettings;
  const uploads = storageLocation.storageId !== undefined;
  return {
    totalBytesPerSession: 0,
    timeLimitInSeconds: sessionTimeLimitInSeconds,
    filePath: storageLocation.localPath ?? null,
    ring: { overwrites: continuousCapture, fileCount, fileSizeInBytes, uploads },
  };
}

/** The name must be free and the limit not passed; a capture is never changed once it is there. */
async function checkFree(
  context: ArmContext,
  state: State,
  { sessionCountMax, addedCount }: { sessionCountMax: number; addedCount: number },
): Promise<void> {
  const existing = await state.resources.get(context.path);
  checkConditions(context, existing);
  if (existing) {
    throw new NightcapError(
      "ResourceAlreadyExists",
      `packet capture ${existing.id} exists already: choose another name, or delete it first`,
    );
  }
  const sessions = sessionStore(state);
  if ((await sessions.inProgressCount()) + addedCount <= sessionCountMax) return;
  const active = (await sessions.inProgress()).filter(isActive).length;
  if (active + addedCount <= sessionCountMax) return;
  const more = addedCount === 1 ? "" : `, this one needs ${addedCount},`;
  throw new NightcapError(
    "CaptureLimitReached",
    `${active} packet captures are running${more} and the limit is ${sessionCountMax}: stop or delete one first`,
  );
}
