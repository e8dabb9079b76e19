import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import type { KnownEstate } from "../../logs/views/known-estate.ts";
import { groupOf, securityGroupType } from "../../provider/network/security-group-store.ts";
import type { State } from "../../state/state.ts";
import { readTopology } from "../flows/topology-snapshot.ts";

/** What the resources of a subscription say there is, by the names that flows have. */
export async function readKnownEstate(state: State, subscription: string): Promise<KnownEstate> {
  const { virtualNetworks = [], hosts = [] } = await readTopology(state, subscription);
  const groups = await state.resources.list({ scope: subscription, type: securityGroupType });
  return {
    rules: groups.flatMap((group) =>
      [...groupOf(group).properties.securityRules, ...defaultSecurityRules].map(({ name }) => ({
        group: group.id,
        rule: name,
      })),
    ),
    subnets: virtualNetworks.flatMap(({ resourceGroup, name, region, subnets }) =>
      (subnets ?? []).map((subnet) => ({
        subnet: `${resourceGroup}/${name}/${subnet.name}`,
        region: region ?? "",
      })),
    ),
    machines: hosts.map(({ resourceGroup, name, scaleSet }) => ({
      machine: `${resourceGroup}/${name}`,
      scaleSet: scaleSet ? `${resourceGroup}/${scaleSet}` : "",
    })),
  };
}
