import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { networkInterfaceBody } from "../../arm/network-interface.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { subscriptionBody } from "../../arm/subscription.ts";
import { virtualMachineBody } from "../../arm/virtual-machine.ts";
import { isoTime } from "../../common/clock.ts";
import type { HostFacts } from "../../common/host-facts.ts";
import type { State } from "../../state/state.ts";
import { withScaleSetId } from "./machine-scale-set.ts";
import { joinScaleSet, memberOf } from "./scale-set-members.ts";

export const virtualMachineType = "Microsoft.Compute/virtualMachines";
export const networkInterfaceType = "Microsoft.Network/networkInterfaces";
export const networkWatcherType = "Microsoft.Network/networkWatchers";
export const networkWatcherGroup = "NetworkWatcherRG";
export const storageAccountType = "Microsoft.Storage/storageAccounts";

/** What stands behind a virtual machine: `documents("machines")`, by ARM id in lower case. */
export interface MachineRecord {
  resourceId: string;
  hostId: string;
  facts: HostFacts | null;
  /** When the host last said what it is; milliseconds since the epoch. */
  heardAt: number;
}

export const machineRecords = (state: State) => state.documents<MachineRecord>("machines");

/**
 * Makes a host known to ARM, or brings what is known up to date: its virtual machine, a network
 * interface for each of its own, its resource group and its region's network watcher.
 */
export async function recordMachine(
  state: State,
  machine: MachineRecord & { location: string },
): Promise<void> {
  const { resourceId, hostId, facts, heardAt, location } = machine;
  const { subscriptionId, resourceGroupName } = parseResourceId(resourceId);
  const subscription = `/subscriptions/${subscriptionId}`;
  const group = `${subscription}/resourceGroups/${resourceGroupName}`;
  await state.transact(async (inside) => {
    await ensureResourceGroup(inside, group, location);
    await ensureNetworkWatcher(inside, { subscription, location });
    const networkInterfaceIds = await writeInterfaces(inside, { ...machine, group });
    const scaleSetId = await placeInScaleSet(inside, machine);
    const plain = virtualMachineBody({ hostId, location, facts, networkInterfaceIds });
    const body = withScaleSetId(plain, scaleSetId);
    await putIfChanged(inside, { id: resourceId, type: virtualMachineType, body });
    const record = { resourceId, hostId, facts, heardAt };
    await machineRecords(inside).put(resourceId.toLowerCase(), record);
  });
}

/** The set that the host is in; a host that has not said anything yet stays where it is. */
async function placeInScaleSet(
  state: State,
  { resourceId, facts, heardAt, location }: MachineRecord & { location: string },
): Promise<string | null> {
  if (facts === null) return (await memberOf(state, resourceId))?.scaleSetId ?? null;
  const scaleSetName = facts.scaleSet ?? null;
  return joinScaleSet(state, {
    machineId: resourceId,
    location,
    scaleSetName,
    time: isoTime(heardAt),
  });
}

export async function ensureSubscription(
  state: State,
  options: { tenantId: string; subscriptionId: string; displayName: string },
): Promise<void> {
  const id = `/subscriptions/${options.subscriptionId}`;
  const type = "Microsoft.Resources/subscriptions";
  await putIfChanged(state, { id, type, body: subscriptionBody(options) });
}

export async function ensureResourceGroup(
  state: State,
  id: string,
  location: string,
): Promise<void> {
  if (await state.resources.get(id)) return;
  const body = { location, tags: {}, properties: { provisioningState: "Succeeded" } };
  await state.resources.put({ id, type: "Microsoft.Resources/resourceGroups", body });
}

/** One watcher a region, under the name and in the group that Azure gives it. */
export async function ensureNetworkWatcher(
  state: State,
  { subscription, location }: { subscription: string; location: string },
): Promise<void> {
  const group = `${subscription}/resourceGroups/${networkWatcherGroup}`;
  await ensureResourceGroup(state, group, location);
  const existing = await state.resources.list({ scope: subscription, type: networkWatcherType });
  const wanted = canonicalLocation(location);
  if (existing.some(({ body }) => canonicalLocation(String(body["location"])) === wanted)) return;
  const id = `${group}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_${location}`;
  await state.resources.put({
    id,
    type: networkWatcherType,
    body: networkWatcherBody(location, {}),
  });
}

export const networkWatcherBody = (
  location: string,
  tags: Record<string, string>,
): Record<string, unknown> => ({
  location,
  tags,
  properties: { provisioningState: "Succeeded", runningOperationIds: [] },
});

/** Shows a capture store as a storage account; `blobEndpoint` ends with a slash, as Azure's do. */
export async function ensureStorageAccount(
  state: State,
  options: { id: string; location: string; blobEndpoint: string },
): Promise<void> {
  const { id, location, blobEndpoint } = options;
  const { subscriptionId, resourceGroupName } = parseResourceId(id);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
  await ensureResourceGroup(state, group, location);
  const before = await state.resources.get(id);
  const body = {
    kind: "StorageV2",
    location,
    tags: before?.body["tags"] ?? {},
    sku: { name: "Standard_LRS", tier: "Standard" },
    properties: {
      provisioningState: "Succeeded",
      primaryEndpoints: { blob: blobEndpoint },
      primaryLocation: location,
      statusOfPrimary: "available",
      supportsHttpsTrafficOnly: true,
      // az reads the source of the key before it changes anything; the store does not encrypt by itself.
      encryption: { keySource: "Microsoft.Storage", services: { blob: { enabled: false } } },
    },
  };
  await putIfChanged(state, { id, type: storageAccountType, body });
}

async function writeInterfaces(
  state: State,
  options: MachineRecord & { location: string; group: string },
): Promise<string[]> {
  const { resourceId, facts, location, group } = options;
  const prefix = `${group}/providers/${networkInterfaceType}/`;
  const ids: string[] = [];
  for (const [index, hostInterface] of reachable(facts).entries()) {
    const id = `${prefix}${parseResourceId(resourceId).name}-${hostInterface.name}`;
    const primary = index === 0;
    const body = networkInterfaceBody({
      id,
      location,
      virtualMachineId: resourceId,
      primary,
      hostInterface,
    });
    const kept = await withSecurityGroup(state, id, body);
    await putIfChanged(state, { id, type: networkInterfaceType, body: kept });
    ids.push(id);
  }
  await removeOthers(state, { resourceId, keep: ids });
  return ids;
}

/** An interface's security group is its administrator's to set, and stays when the host speaks. */
async function withSecurityGroup(
  state: State,
  id: string,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const before = (await state.resources.get(id))?.body["properties"] as
    | { networkSecurityGroup?: { id: string } }
    | undefined;
  const { networkSecurityGroup } = before ?? {};
  if (networkSecurityGroup === undefined) return body;
  return { ...body, properties: { ...(body["properties"] as object), networkSecurityGroup } };
}

/** Loopback is no network interface in Azure's eyes. */
const reachable = (facts: HostFacts | null) =>
  (facts?.interfaces ?? []).filter(({ name }) => name !== "lo");

/** Removes the interfaces that the machine had and has no more; its own body names them. */
async function removeOthers(
  state: State,
  { resourceId, keep }: { resourceId: string; keep: readonly string[] },
): Promise<void> {
  const before = (await state.resources.get(resourceId))?.body["properties"] as
    | { networkProfile?: { networkInterfaces?: { id: string }[] } }
    | undefined;
  for (const { id } of before?.networkProfile?.networkInterfaces ?? []) {
    if (!keep.includes(id)) await state.resources.delete(id);
  }
}

/** Leaves the etag alone when nothing changed, and the tags to those who set them. */
async function putIfChanged(
  state: State,
  resource: { id: string; type: string; body: Record<string, unknown> },
): Promise<void> {
  const before = await state.resources.get(resource.id);
  const tags = before?.body["tags"];
  const body = tags === undefined ? resource.body : { ...resource.body, tags };
  if (before && JSON.stringify(before.body) === JSON.stringify(body)) return;
  await state.resources.put({ ...resource, body });
}
