import type {
  NetworkWatcher,
  PacketCaptureFilter,
  PacketCaptureQueryStatusResult,
  PacketCaptureResult,
} from "@azure/arm-network";
import { parseResourceId } from "../arm/resource-id.ts";
import { NightcapError } from "../common/errors.ts";
import { azureError } from "./azure-errors.ts";
import type { Clients } from "./azure-sdk.ts";
import type {
  CaptureClient,
  CaptureRequestFilter,
  CaptureStatusAnswer,
  ExistingCapture,
  Machine,
  Watcher,
} from "./capture-client.ts";
import type { Cloud } from "./clouds.ts";
import type { Credentials } from "./credentials.ts";
import { lookBackHeaders } from "./look-back-policy.ts";
import { timeLimitInSecondsMax } from "./settings.ts";

/** A short call. */
const callTimeoutMilliseconds = 30_000;
/** A long-running operation with all its polls; Azure takes about 11 s for a create. */
const operationTimeoutMilliseconds = 180_000;
/** Between polls when the server names no time (`Retry-After` wins). */
const pollMilliseconds = 1_000;
const captureCountMax = 20_000;

export type AzureConnection = Credentials & {
  cloud: Cloud;
  /** PEM of the authority that signed a custom endpoint's certificate; it replaces the system's own. */
  caPem?: string;
};

/** The resource manager through Azure's own SDKs, for Azure and for Nightcap's control plane alike. */
export function createAzureCaptureClient(connection: AzureConnection): CaptureClient {
  const clientsOf = whenNeeded(connection);
  const capturesOf = async ({
    subscriptionId,
  }: Watcher): Promise<Clients["network"]["packetCaptures"]> =>
    (await clientsOf(subscriptionId)).network.packetCaptures;
  return {
    findMachine: (resourceId, signal) =>
      attempt(`find virtual machine ${resourceId}`, signal, async (abortSignal) => {
        const { subscriptionId, resourceGroupName, name } = readMachineId(resourceId);
        const { virtualMachines } = (await clientsOf(subscriptionId)).compute;
        const found = await virtualMachines.get(resourceGroupName, name, { abortSignal });
        return { id: found.id ?? resourceId, name: found.name ?? name, location: found.location };
      }),
    findWatcher: (machine, signal) =>
      attempt(`find the network watcher of ${machine.location}`, signal, async (abortSignal) => {
        const { subscriptionId } = readMachineId(machine.id);
        const { network } = await clientsOf(subscriptionId);
        return pickWatcher(network.networkWatchers.listAll({ abortSignal }), machine);
      }),
    listCaptures: (watcher, signal) =>
      attempt(`list packet captures of ${watcher.name}`, signal, async (abortSignal) => {
        const captures = await capturesOf(watcher);
        return readAll(captures.list(watcher.resourceGroupName, watcher.name, { abortSignal }));
      }),
    createCapture: (watcher, name, request, signal) =>
      attemptLong(`create packet capture "${name}"`, signal, async (options) => {
        const { resourceGroupName } = watcher;
        const captures = await capturesOf(watcher);
        const { lookBack, ...azure } = request;
        await captures.beginCreateAndWait(resourceGroupName, watcher.name, name, azure, {
          ...options,
          requestOptions: { customHeaders: lookBackHeaders(lookBack) },
        });
        return readCapture(await captures.get(resourceGroupName, watcher.name, name, options));
      }),
    getCapture: (watcher, name, signal) =>
      nullWhenMissing(
        attempt(`get packet capture "${name}"`, signal, async (abortSignal) => {
          const captures = await capturesOf(watcher);
          const options = { abortSignal };
          return readCapture(
            await captures.get(watcher.resourceGroupName, watcher.name, name, options),
          );
        }),
      ),
    getStatus: (watcher, name, signal) =>
      nullWhenMissing(
        attemptLong(`query status of packet capture "${name}"`, signal, async (options) => {
          const { resourceGroupName } = watcher;
          const captures = await capturesOf(watcher);
          return readStatus(
            await captures.beginGetStatusAndWait(resourceGroupName, watcher.name, name, options),
          );
        }),
      ),
    async deleteCapture(watcher, name, signal) {
      const { resourceGroupName } = watcher;
      const deleted = attempt(`delete packet capture "${name}"`, signal, async (abortSignal) => {
        const captures = await capturesOf(watcher);
        return captures.beginDelete(resourceGroupName, watcher.name, name, { abortSignal });
      });
      await nullWhenMissing(deleted);
    },
  };
}

/** The SDKs, loaded when the first call needs them: they are most of what a responder would load as it starts. */
function whenNeeded(connection: AzureConnection): (subscriptionId: string) => Promise<Clients> {
  let opened: Promise<(subscriptionId: string) => Clients> | undefined;
  const open = async () => (await import("./azure-sdk.ts")).subscriptionClients(connection);
  return async (subscriptionId) => (await (opened ??= open()))(subscriptionId);
}

function readMachineId(id: string): {
  subscriptionId: string;
  resourceGroupName: string;
  name: string;
} {
  const { subscriptionId, resourceGroupName, name } = parseResourceId(id);
  if (subscriptionId !== null && resourceGroupName !== null) {
    return { subscriptionId, resourceGroupName, name };
  }
  throw new NightcapError("InvalidRequest", `"${id}" is not the id of a virtual machine`);
}

async function pickWatcher(
  watchers: AsyncIterable<NetworkWatcher>,
  machine: Machine,
): Promise<Watcher> {
  const wanted = canonicalLocation(machine.location);
  for await (const watcher of watchers) {
    if (watcher.id === undefined || canonicalLocation(watcher.location ?? "") !== wanted) continue;
    const { subscriptionId, resourceGroupName, name, id } = parseResourceId(watcher.id);
    if (subscriptionId === null || resourceGroupName === null) continue;
    return { id, subscriptionId, resourceGroupName, name };
  }
  const { subscriptionId } = readMachineId(machine.id);
  throw new NightcapError(
    "ResourceNotFound",
    `no network watcher in region "${machine.location}" of subscription ${subscriptionId}; enable Network Watcher there`,
  );
}

/** "West Europe" and "westeurope" are one region. */
const canonicalLocation = (location: string): string => location.replaceAll(" ", "").toLowerCase();

async function readAll(pages: AsyncIterable<PacketCaptureResult>): Promise<ExistingCapture[]> {
  const captures: ExistingCapture[] = [];
  for await (const capture of pages) {
    captures.push(readCapture(capture));
    if (captures.length < captureCountMax) continue;
    throw new NightcapError("CaptureLimitReached", `more than ${captureCountMax} packet captures`);
  }
  return captures;
}

function readCapture(capture: PacketCaptureResult): ExistingCapture {
  const { storagePath, filePath } = capture.storageLocation ?? {};
  return {
    id: capture.id ?? "",
    name: capture.name ?? "",
    target: capture.target ?? "",
    provisioningState: capture.provisioningState ?? "",
    link: storagePath || filePath || null,
    filters: (capture.filters ?? []).map(readFilter),
    timeLimitInSeconds: capture.timeLimitInSeconds ?? timeLimitInSecondsMax,
  };
}

/** Azure writes what was not asked for as "". */
function readFilter({ protocol, ...texts }: PacketCaptureFilter): CaptureRequestFilter {
  const known = (["TCP", "UDP"] as const).find((each) => each === protocol) ?? "Any";
  const { localIPAddress, remoteIPAddress, localPort, remotePort } = texts;
  return {
    protocol: known,
    ...(localIPAddress && { localIPAddress }),
    ...(remoteIPAddress && { remoteIPAddress }),
    ...(localPort && { localPort }),
    ...(remotePort && { remotePort }),
  };
}

const statuses = ["NotStarted", "Running", "Stopped", "Error"] as const;

function readStatus(answer: PacketCaptureQueryStatusResult): CaptureStatusAnswer {
  return {
    status: statuses.find((status) => status === answer.packetCaptureStatus) ?? "Unknown",
    stopReason: answer.stopReason || null,
    errors: answer.packetCaptureError ?? [],
    startTime: answer.captureStartTime?.getTime() ?? null,
  };
}

async function attempt<Result>(
  what: string,
  signal: AbortSignal,
  call: (abortSignal: AbortSignal) => Promise<Result>,
  timeoutMilliseconds: number = callTimeoutMilliseconds,
): Promise<Result> {
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    return await call(AbortSignal.any([signal, timeout]));
  } catch (cause) {
    signal.throwIfAborted();
    if (!timeout.aborted) throw azureError(`cannot ${what}`, cause);
    const message = `cannot ${what}: no answer within ${timeoutMilliseconds} ms`;
    throw new NightcapError("ServiceUnavailable", message, { cause });
  }
}

const attemptLong = <Result>(
  what: string,
  signal: AbortSignal,
  call: (options: { abortSignal: AbortSignal; updateIntervalInMs: number }) => Promise<Result>,
): Promise<Result> =>
  attempt(
    what,
    signal,
    (abortSignal) => call({ abortSignal, updateIntervalInMs: pollMilliseconds }),
    operationTimeoutMilliseconds,
  );

async function nullWhenMissing<Result>(answer: Promise<Result>): Promise<Result | null> {
  return answer.catch((error: unknown) => {
    if (error instanceof NightcapError && missingCodes.has(error.code)) return null;
    throw error;
  });
}

const missingCodes: ReadonlySet<string> = new Set(["ResourceNotFound", "CaptureNotFound"]);
