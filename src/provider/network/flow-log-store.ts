import { flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { subnetType } from "../../arm/virtual-network.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { findResource, resourceNotFound } from "../kernel/answers.ts";
import type { FlowLogBody } from "./flow-log-body.ts";
import { subscriptionOf } from "../../arm/resource-id.ts";
import { findSubnetIndex, networkOf } from "./virtual-network-store.ts";

/** The document that is stored, which only this folder writes. */
export const flowLogOf = ({ body }: Pick<StoredResource, "body">): FlowLogBody =>
  body as FlowLogBody;

/** The resource that a flow log may be of; a subnet lies in its network's document. */
export async function findTarget(state: State, id: string): Promise<StoredResource> {
  const { type, scope, name } = parseResourceId(id);
  if (type.toLowerCase() !== subnetType.toLowerCase()) return findResource({ state }, id);
  const network = await state.resources.get(scope ?? "");
  const { subnets } = network ? networkOf(network).properties : { subnets: [] };
  const subnet = subnets[findSubnetIndex(subnets, name)];
  if (!network || !subnet) throw resourceNotFound(id);
  const body = { location: network.body["location"], properties: subnet.properties };
  return { ...network, id: `${network.id}/subnets/${subnet.name}`, type: subnetType, body };
}

/** A flow log goes with what it is of, as in Azure; what it wrote stays. */
export async function deleteFlowLogsOf(state: State, targetId: string): Promise<void> {
  const target = targetId.toLowerCase();
  const all = await state.resources.list({ scope: subscriptionOf(targetId), type: flowLogType });
  for (const each of all) {
    const own = flowLogOf(each).properties.targetResourceId.toLowerCase();
    if (own === target || own.startsWith(`${target}/`)) await state.resources.delete(each.id);
  }
}
