import { randomUUID } from "node:crypto";
import {
  describePacketCapture,
  type PacketCaptureRequest,
  packetCaptureRequest,
} from "../../arm/packet-capture.ts";
import { checkResourceName, parseResourceId, type ResourceId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { compileFilters } from "../../capture/filter.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  resourceAnswer,
  resourceNotFound,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import type { PacketCaptureOptions } from "./capture-options.ts";
import { type CaptureSession, isActive } from "./capture-session.ts";
import { machineRecords, storageAccountType, virtualMachineType } from "../compute/machines.ts";

import { parseContent } from "../kernel/request-body.ts";
import { sessionStore } from "./session-store.ts";

export const packetCaptureType = "Microsoft.Network/networkWatchers/packetCaptures";

/** PUT packetCaptures: checks everything first, then records resource and session together. */
export async function createCapture(
  context: ArmContext,
  options: PacketCaptureOptions,
): Promise<ArmAnswer> {
  checkResourceName(context.param("packetCaptureName"), "packet capture");
  const { properties: request } = parseContent(packetCaptureRequest, context.body);
  compileFilters(request.filters); // throws CaptureFilterInvalid with the value at fault
  const watcher = await findResource(context, context.path.split("/").slice(0, -2).join("/"));
  const target = await findTarget(context, request.target, watcher);
  const session = await makeSession(context, { request, target, options });
  const properties = describePacketCapture(request, session.storagePath);
  const stored = await context.state.transact(async (inside) => {
    await checkFree(context, inside, options);
    const resource = { id: context.path, type: packetCaptureType, body: { properties } };
    const written = await inside.resources.put(resource);
    await sessionStore(inside).add(session);
    return written;
  });
  options.onChanged();
  return resourceAnswer(201, stored);
}

interface Target {
  id: string;
  hostId: string;
}

async function findTarget(
  context: ArmContext,
  targetId: string,
  watcher: StoredResource,
): Promise<Target> {
  const id = readTargetId(targetId);
  const machine = await context.state.resources.get(id.id);
  const record = machine && (await machineRecords(context.state).get(machine.id.toLowerCase()));
  if (!machine || !record) throw resourceNotFound(id.id);
  const machineLocation = String(machine.body["location"]);
  const watcherLocation = String(watcher.body["location"]);
  if (canonicalLocation(machineLocation) === canonicalLocation(watcherLocation)) {
    return { id: machine.id, hostId: record.body.hostId };
  }
  throw new NightcapError(
    "InvalidParameter",
    `target ${machine.id} is in region "${machineLocation}", network watcher ${watcher.id} in "${watcherLocation}": both must be in one region`,
  );
}

function readTargetId(targetId: string): ResourceId {
  const id = parseResourceId(targetId);
  if (id.type.toLowerCase() === virtualMachineType.toLowerCase()) return id;
  throw new NightcapError(
    "InvalidParameter",
    `target "${targetId}" is a ${id.type}: a ${virtualMachineType} expected`,
  );
}

async function makeSession(
  context: ArmContext,
  parts: { request: PacketCaptureRequest; target: Target; options: PacketCaptureOptions },
): Promise<CaptureSession> {
  const { request, target, options } = parts;
  const createdAt = context.clock.now();
  const storagePath = await chooseStoragePath(context, { ...parts, createdAt });
  return {
    captureId: context.path,
    spec: {
      sessionId: options.newSessionId?.() ?? randomUUID(),
      name: context.param("packetCaptureName"),
      interfaces: [],
      filters: request.filters,
      bytesToCapturePerPacket: request.bytesToCapturePerPacket,
      totalBytesPerSession: request.totalBytesPerSession,
      timeLimitInSeconds: request.timeLimitInSeconds,
      filePath: request.storageLocation.filePath ?? null,
      uploadUrl: null,
    },
    hostId: target.hostId,
    targetId: target.id,
    desired: "running",
    observed: null,
    verdict: null,
    storagePath,
    createdBy: context.caller,
    createdAt,
    desiredAt: createdAt,
    commandedAt: null,
    started: false,
    result: null,
  };
}

async function chooseStoragePath(
  context: ArmContext,
  parts: {
    request: PacketCaptureRequest;
    target: Target;
    options: PacketCaptureOptions;
    createdAt: number;
  },
): Promise<string> {
  const { storageId, storagePath } = parts.request.storageLocation;
  if (storageId === undefined) return "";
  const blobEndpoint = await findBlobEndpoint(context.state, storageId);
  if (storagePath === undefined) {
    const { target, createdAt } = parts;
    return parts.options.makeStoragePath({ blobEndpoint, targetId: target.id, time: createdAt });
  }
  if (isBlobIn(storagePath, blobEndpoint)) return storagePath;
  throw new NightcapError(
    "InvalidParameter",
    `storagePath "${storagePath}" is not allowed: a URL "${blobEndpoint}CONTAINER/NAME.cap" expected, or leave it out`,
  );
}

async function findBlobEndpoint(state: State, storageId: string): Promise<string> {
  const { id, type } = parseResourceId(storageId);
  const isAccount = type.toLowerCase() === storageAccountType.toLowerCase();
  const account = isAccount ? await state.resources.get(id) : null;
  const properties = account?.body["properties"] as
    | { primaryEndpoints?: { blob?: string } }
    | undefined;
  const endpoint = properties?.primaryEndpoints?.blob;
  if (endpoint !== undefined) return endpoint;
  throw new NightcapError(
    "InvalidParameter",
    `storageId "${storageId}" is not a storage account that is known here; list them with GET /subscriptions/ID/providers/${storageAccountType}`,
  );
}

/** A blob below the account, by a plain URL: no query, no dot segments, a container and a name. */
function isBlobIn(storagePath: string, blobEndpoint: string): boolean {
  if (!storagePath.startsWith(blobEndpoint) || !URL.canParse(storagePath)) return false;
  const { href, search, hash } = new URL(storagePath);
  const rest = storagePath.slice(blobEndpoint.length);
  return href === storagePath && !search && !hash && /^[a-z0-9-]{3,63}\/.+\.cap$/.test(rest);
}

/** The name must be free and the limit not reached; a capture is never changed once it is there. */
async function checkFree(
  context: ArmContext,
  state: State,
  { sessionCountMax }: PacketCaptureOptions,
): Promise<void> {
  const existing = await state.resources.get(context.path);
  checkConditions(context, existing);
  if (existing) {
    throw new NightcapError(
      "ResourceAlreadyExists",
      `packet capture ${existing.id} exists already: choose another name, or delete it first`,
    );
  }
  const sessions = await sessionStore(state).list();
  const active = sessions.filter(isActive).length;
  if (active < sessionCountMax) return;
  throw new NightcapError(
    "CaptureLimitReached",
    `${active} packet captures are running, and the limit is ${sessionCountMax}: stop or delete one first`,
  );
}
