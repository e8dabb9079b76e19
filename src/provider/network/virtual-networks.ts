import { virtualNetworkType } from "../../arm/virtual-network.ts";
import type { Operation } from "../kernel/arm-request.ts";
import { networkMembers } from "./network-members.ts";
import { subnetOperations } from "./subnets.ts";
import { trackedOperations, trackedPath, type TrackedKind } from "./tracked-resources.ts";
import { readNetwork, showNetwork } from "./virtual-network-store.ts";

const virtualNetworks: TrackedKind = {
  type: virtualNetworkType,
  parameter: "virtualNetworkName",
  noun: "virtual network",
  read: readNetwork,
  async view(state, subscription) {
    const members = await networkMembers(state, subscription);
    return (resource) => showNetwork(resource, members);
  },
};

/**
 * Microsoft.Network/virtualNetworks: prefixes that say which hosts belong together. Nothing is routed
 * or separated by them: flow logs are made of them, and traffic is classed by them.
 */
export const virtualNetworkOperations = (served: string): Operation[] => [
  ...trackedOperations(virtualNetworks, served),
  ...subnetOperations(trackedPath(virtualNetworks)),
];
