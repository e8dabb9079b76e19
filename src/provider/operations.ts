import type { Operation } from "./kernel/arm-request.ts";
import { packetCaptureType } from "./captures/capture-create.ts";
import type { PacketCaptureOptions } from "./captures/capture-options.ts";
import { longRunningOperations } from "./kernel/long-running.ts";
import {
  networkInterfaceType,
  networkWatcherType,
  storageAccountType,
  virtualMachineType,
} from "./compute/machines.ts";
import { scaleSetType } from "../arm/scale-set.ts";
import { scaleSetOperations } from "./compute/scale-sets.ts";
import { computeOperations } from "./compute/virtual-machines.ts";
import {
  actionGroupType,
  insightsOperations,
  metricAlertType,
} from "./insights/rules-and-groups.ts";
import { resourcesOperations } from "./resources/microsoft-resources.ts";
import { storageOperations } from "./storage/storage-accounts.ts";
import {
  networkInterfaceOperations,
  networkWatcherOperations,
} from "./network/network-watchers.ts";
import { packetCaptureOperations, packetCaptureProgress } from "./captures/packet-captures.ts";

const types = [
  "Microsoft.Resources/subscriptions",
  "Microsoft.Resources/resourceGroups",
  virtualMachineType,
  scaleSetType,
  networkInterfaceType,
  networkWatcherType,
  packetCaptureType,
  metricAlertType,
  actionGroupType,
  storageAccountType,
];

export interface ProviderOptions {
  tenantId: string;
  /** The region that this control plane serves. */
  location: string;
  captures: PacketCaptureOptions;
  /** Keys of a storage account of ours, base64; the first is key1. */
  storageKeysOf(accountName: string): Promise<readonly string[]>;
  /** A metric alert or an action group was written. */
  onInsightsChanged(resourceId: string): void;
}

/** Every operation that is answered: the table for `createArmKernel`. */
export function providerOperations(options: ProviderOptions): Operation[] {
  const { tenantId, location, captures } = options;
  return [
    ...resourcesOperations({ tenantId, location, types }),
    ...computeOperations(captures.agents),
    ...scaleSetOperations({ agents: captures.agents, location }),
    ...networkInterfaceOperations(),
    ...networkWatcherOperations(location),
    ...packetCaptureOperations(captures),
    ...longRunningOperations(packetCaptureProgress),
    ...insightsOperations((id) => options.onInsightsChanged(id)),
    ...storageOperations((name) => options.storageKeysOf(name)),
  ];
}
