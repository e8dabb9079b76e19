import { subscriptionOf } from "../../arm/resource-id.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import type { Operation } from "../kernel/arm-request.ts";
import { subnetsWithGroup } from "./network-members.ts";
import {
  interfacesByGroup,
  readGroup,
  securityGroupType,
  showGroup,
} from "./security-group-store.ts";
import { securityRuleOperations } from "./security-rules.ts";
import { trackedOperations, trackedPath, type TrackedKind } from "./tracked-resources.ts";

/** Resources that an error names. */
const namedMax = 10;

const securityGroups: TrackedKind = {
  type: securityGroupType,
  parameter: "networkSecurityGroupName",
  noun: "network security group",
  read: async (_state, body, before) => readGroup(body, before),
  async view(state, subscription) {
    const interfaces = await interfacesByGroup(state, subscription);
    return (resource) => showGroup(resource, interfaces);
  },
  checkUnused,
};

/**
 * Microsoft.Network/networkSecurityGroups: kept, checked, and used by the diagnostics. Nothing on a
 * host is changed by them, which each says in `properties.nightcap.enforced`.
 */
export const securityGroupOperations = (served: string): Operation[] => [
  ...trackedOperations(securityGroups, served),
  ...securityRuleOperations(trackedPath(securityGroups)),
];

async function checkUnused(state: State, { id }: StoredResource): Promise<void> {
  const interfaces = await interfacesByGroup(state, subscriptionOf(id));
  const attached = [
    ...(interfaces.get(id.toLowerCase()) ?? []),
    ...(await subnetsWithGroup(state, id)),
  ];
  if (attached.length === 0) return;
  throw new NightcapError(
    "InUseNetworkSecurityGroupCannotBeDeleted",
    `Network security group ${id} cannot be deleted because it is in use by the following resources: ${attached.slice(0, namedMax).join(", ")}.`,
  );
}
