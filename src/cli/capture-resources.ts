import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const watcherResourceGroup = "NetworkWatcherRG";
const listLimit = 10_000;

/** The parts of a virtual machine that commands use. */
const machine = z.object({ id: z.string(), name: z.string(), location: z.string() });
const machineList = z.object({ value: z.array(machine) });
const storageAccount = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    primaryEndpoints: z.object({ blob: z.url() }),
    /** Of an account that lies in Azure and is registered here. */
    nightcap: z.object({ registered: z.boolean() }).nullish(),
  }),
});

export type StorageAccount = z.infer<typeof storageAccount>;

export const isRegistered = ({ properties }: StorageAccount): boolean =>
  properties.nightcap?.registered === true;

const captureDetails = z.object({
  sessionId: z.string(),
  phase: z.string().nullish(),
  packets: z.number().nullish(),
  packetsDropped: z.number().nullish(),
  sizeBytes: z.number().nullish(),
  sha256: z.string().nullish(),
  sha256Verified: z.boolean().nullish(),
  report: z.object({ link: z.string(), path: z.string().nullable(), text: z.string() }).nullish(),
  /** Reports of several captures that it is in. */
  groupReports: z.array(z.object({ title: z.string(), link: z.string() })).nullish(),
  problem: z.string().nullish(),
  errors: z.array(z.object({ code: z.string(), message: z.string() })).nullish(),
  class: z.string().nullish(),
  hold: z.object({ reason: z.string(), by: z.string(), time: z.string() }).nullish(),
  /** That retention deleted its files. */
  removed: z.object({ time: z.string(), why: z.string(), detail: z.string() }).nullish(),
  /** Of one that has ended, as much as is shown. */
  coverage: z
    .object({
      moment: z.string(),
      asked: z.object({ beforeSeconds: z.number(), afterSeconds: z.number() }),
      got: z.object({ beforeSeconds: z.number(), afterSeconds: z.number() }),
      clock: z.object({ offsetMilliseconds: z.number().nullable() }),
      warnings: z.array(z.object({ code: z.string(), message: z.string() })),
    })
    .nullish(),
  /** What was taken out on the host. */
  privacy: z
    .object({
      kind: z.enum(["headersOnly", "keepNames"]),
      pseudonymise: z.boolean(),
      httpRequestLines: z.boolean().optional(),
      derivedFrom: z
        .object({
          version: z.number(),
          keyId: z.string().nullable(),
          packets: z.number(),
          packetBytes: z.number(),
          packetsEmptied: z.number(),
        })
        .nullish(),
    })
    .nullish(),
  /** What lies beside it. */
  sideFiles: z
    .array(
      z.object({
        kind: z.string(),
        filePath: z.string().nullish(),
        storagePath: z.string().nullish(),
      }),
    )
    .nullish(),
  /** Of a recording into several. */
  files: z
    .object({
      count: z.number(),
      overwrittenCount: z.number(),
      newest: z.array(
        z.object({
          name: z.string(),
          sizeBytes: z.number(),
          sha256: z.string(),
          filePath: z.string().nullish(),
          storagePath: z.string().nullish(),
        }),
      ),
    })
    .nullish(),
});

/** One host of a scale set's capture. */
const captureMember = captureDetails.extend({
  instanceId: z.string(),
  packetCaptureStatus: z.string(),
  stopReason: z.string().nullish(),
  storagePath: z.string().nullish(),
});

/** A packet capture as the control plane answers it; `nightcap` is this product's own addition. */
export const packetCapture = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    provisioningState: z.string(),
    target: z.string(),
    targetType: z.string().optional(),
    timeLimitInSeconds: z.number().optional(),
    continuousCapture: z.boolean().nullish(),
    captureSettings: z
      .object({
        fileCount: z.number(),
        fileSizeInBytes: z.number(),
        sessionTimeLimitInSeconds: z.number(),
      })
      .nullish(),
    storageLocation: z.object({
      storageId: z.string().nullish(),
      storagePath: z.string().nullish(),
      filePath: z.string().nullish(),
      localPath: z.string().nullish(),
    }),
    nightcap: captureDetails.extend({ members: z.array(captureMember).optional() }).optional(),
  }),
});

export const captureStatus = z.object({
  captureStartTime: z.string().nullish(),
  packetCaptureStatus: z.string(),
  stopReason: z.string().nullish(),
  packetCaptureError: z.array(z.string()).nullish(),
});

export type Machine = z.infer<typeof machine>;
export type PacketCapture = z.infer<typeof packetCapture>;
export type CaptureStatusAnswer = z.infer<typeof captureStatus>;

export async function listMachines(client: ControlPlaneClient): Promise<Machine[]> {
  const path = `${client.subscription}/providers/Microsoft.Compute/virtualMachines`;
  return machineList.parse(await client.request("GET", path)).value;
}

/** The machine of that name, or the only one there is. */
export async function findMachine(
  client: ControlPlaneClient,
  name: string | undefined,
): Promise<Machine> {
  const machines = await listMachines(client);
  const names = machines.map((one) => one.name).join(", ") || "(none)";
  if (name === undefined) {
    const [only] = machines;
    if (only && machines.length === 1) return only;
    throw new NightcapError("InvalidParameter", `say which host with --vm; there are: ${names}`);
  }
  const found = machines.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw new NightcapError("ResourceNotFound", `no host named "${name}"; there are: ${names}`);
}

export async function findScaleSet(client: ControlPlaneClient, name: string): Promise<Machine> {
  const path = `${client.subscription}/providers/Microsoft.Compute/virtualMachineScaleSets`;
  const sets = machineList.parse(await client.request("GET", path)).value;
  const found = sets.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const names = sets.map((one) => one.name).join(", ") || "(none)";
  throw new NightcapError("ResourceNotFound", `no scale set named "${name}"; there are: ${names}`);
}

async function listAccounts(client: ControlPlaneClient): Promise<StorageAccount[]> {
  const path = `${client.subscription}/providers/Microsoft.Storage/storageAccounts`;
  const accounts = z.object({ value: z.array(storageAccount) });
  return accounts.parse(await client.request("GET", path)).value;
}

export async function embeddedStorageAccount(client: ControlPlaneClient): Promise<StorageAccount> {
  const own = (await listAccounts(client)).find((account) => !isRegistered(account));
  if (own) return own;
  throw new NightcapError("StorageUnavailable", "the control plane has no storage account");
}

/** The account that a blob is in, the embedded one or another. */
export async function storageAccountOf(
  client: ControlPlaneClient,
  blobUrl: string,
): Promise<StorageAccount> {
  const found = (await listAccounts(client)).find(({ properties }) =>
    blobUrl.startsWith(properties.primaryEndpoints.blob),
  );
  if (found) return found;
  throw new NightcapError("StorageUnavailable", `${blobUrl} is in no storage account known here`);
}

export async function storageKey(client: ControlPlaneClient, accountId: string): Promise<string> {
  const keys = z.object({ keys: z.array(z.object({ value: z.string() })).min(1) });
  const answer = keys.parse(await client.request("POST", `${accountId}/listKeys`));
  return answer.keys[0]?.value ?? "";
}

export function capturesPath(client: ControlPlaneClient, location?: string): string {
  const region = location ?? client.credentials.location;
  const watchers = `${client.subscription}/resourceGroups/${watcherResourceGroup}/providers/Microsoft.Network/networkWatchers`;
  return `${watchers}/NetworkWatcher_${region}/packetCaptures`;
}

const capturePath = (client: ControlPlaneClient, name: string): string =>
  `${capturesPath(client)}/${encodeURIComponent(name)}`;

export async function listCaptures(client: ControlPlaneClient): Promise<PacketCapture[]> {
  const page = z.object({ value: z.array(packetCapture), nextLink: z.string().nullish() });
  const found: PacketCapture[] = [];
  let next: string | null | undefined = capturesPath(client);
  while (next && found.length < listLimit) {
    const answer: z.infer<typeof page> = page.parse(await client.request("GET", next));
    found.push(...answer.value);
    next = answer.nextLink && new URL(answer.nextLink).pathname + new URL(answer.nextLink).search;
  }
  return found;
}

export async function getCapture(client: ControlPlaneClient, name: string): Promise<PacketCapture> {
  return packetCapture.parse(await client.request("GET", capturePath(client, name)));
}

/** When and why the control plane deleted the files of a recording; null: it did not. */
export function removalOf({ properties }: PacketCapture, sessionId: string) {
  const { nightcap } = properties;
  const recordings = [nightcap, ...(nightcap?.members ?? [])];
  return recordings.find((each) => each?.sessionId === sessionId && each.removed)?.removed ?? null;
}

export async function createCapture(
  client: ControlPlaneClient,
  name: string,
  properties: Record<string, unknown>,
): Promise<PacketCapture> {
  return packetCapture.parse(
    await client.request("PUT", capturePath(client, name), { properties }),
  );
}

export async function queryStatus(
  client: ControlPlaneClient,
  name: string,
): Promise<CaptureStatusAnswer> {
  const path = `${capturePath(client, name)}/queryStatus`;
  return captureStatus.parse(await client.request("POST", path));
}

export async function stopCapture(client: ControlPlaneClient, name: string): Promise<void> {
  await client.request("POST", `${capturePath(client, name)}/stop`);
}

export async function deleteCapture(client: ControlPlaneClient, name: string): Promise<void> {
  await client.request("DELETE", capturePath(client, name));
}
