import { createHash } from "node:crypto";
import { flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import {
  type FlowLogSpec,
  flowLogOfHostCountMax,
  flowRecordTypes,
} from "../../common/flow-log-spec.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { type MachineRecord, machineRecords, networkInterfaceType } from "../compute/machines.ts";
import { interfaceProperties } from "./diagnosed-machine.ts";
import { flowLogOf } from "./flow-log-store.ts";
import { networkMembers, groupsOfSubnets } from "./network-members.ts";

/** An interface of a host, with everything that a flow log may be of and that it is in. */
interface CoveredInterface {
  readonly hostId: string;
  /** The kernel's name. */
  readonly name: string;
  readonly groupId: string | null;
  /** Ids in lower case, from the nearest to the widest: the first that has a flow log decides. */
  readonly targets: readonly string[];
}

/** What each host is to record, by its id. Every interface is in one flow log at most: the nearest. */
export async function wantedByHost(
  state: State,
  subscription: string,
): Promise<Map<string, FlowLogSpec[]>> {
  const all = await state.resources.list({ scope: subscription, type: flowLogType });
  const enabled = all.filter((each) => flowLogOf(each).properties.enabled);
  const byHost = new Map<string, FlowLogSpec[]>();
  if (enabled.length === 0) return byHost;
  const byTarget = new Map(
    enabled.map((each) => [flowLogOf(each).properties.targetResourceId.toLowerCase(), each]),
  );
  for (const each of await coveredInterfaces(state, subscription)) {
    const target = each.targets.find((id) => byTarget.has(id));
    const flowLog = target === undefined ? undefined : byTarget.get(target);
    if (!flowLog) continue;
    const specs = byHost.get(each.hostId) ?? [];
    byHost.set(each.hostId, specs);
    addInterface(specs, flowLog, each);
  }
  return byHost;
}

function addInterface(
  specs: FlowLogSpec[],
  flowLog: StoredResource,
  { name, groupId }: CoveredInterface,
): void {
  const known = specs.find(({ id }) => id === flowLog.id);
  if (known) {
    known.interfaces.push(name);
    if (known.aclId !== groupId) known.aclId = null;
    return;
  }
  if (specs.length === flowLogOfHostCountMax) return;
  const { targetResourceId, recordTypes, enabledFilteringCriteria } = flowLogOf(flowLog).properties;
  const wanted = recordTypes?.split(",");
  specs.push({
    id: flowLog.id,
    guid: flowLogGuid(flowLog),
    targetId: targetResourceId,
    interfaces: [name],
    aclId: groupId,
    recordTypes: flowRecordTypes.filter((type) => wanted?.includes(type) ?? true),
    criteria: enabledFilteringCriteria || null,
  });
}

/** Names a flow log as long as it lives; one that is made again under its name is another. */
export function flowLogGuid({ id, createdAt }: Pick<StoredResource, "id" | "createdAt">): string {
  const hex = createHash("sha256").update(`${id.toLowerCase()} ${createdAt}`).digest("hex");
  // RFC 9562, 5.8: version 8, whose bits are an application's own.
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function coveredInterfaces(state: State, scope: string): Promise<CoveredInterface[]> {
  const members = Map.groupBy(await networkMembers(state, scope), ({ interfaceId }) => interfaceId);
  const groups = await groupsOfSubnets(state, scope);
  const hosts = new Map(
    (await machineRecords(state).list()).map(({ key, body }) => [key, body] as const),
  );
  const interfaces = await state.resources.list({ scope, type: networkInterfaceType });
  return interfaces.flatMap((resource) => {
    const { virtualMachine, networkSecurityGroup } = interfaceProperties(resource);
    const machine = hosts.get(virtualMachine?.id.toLowerCase() ?? "");
    const name = machine ? kernelName(resource.id, machine) : null;
    if (!machine || name === null) return [];
    const places = members.get(resource.id) ?? [];
    const subnetIds = places.flatMap(({ subnetId }) => subnetId ?? []);
    const subnetGroup = subnetIds.map((id) => groups.get(id.toLowerCase())).find(Boolean);
    const groupId = networkSecurityGroup?.id ?? subnetGroup ?? null;
    const targets = [
      resource.id,
      machine.resourceId,
      networkSecurityGroup?.id,
      subnetGroup,
      ...subnetIds,
      ...places.map(({ networkId }) => networkId),
    ].flatMap((id) => id?.toLowerCase() ?? []);
    return [{ hostId: machine.hostId, name, groupId, targets }];
  });
}

/** Interfaces are called after their machine and the kernel's name. */
function kernelName(id: string, { resourceId, facts }: MachineRecord): string | null {
  const name = parseResourceId(id).name.slice(parseResourceId(resourceId).name.length + 1);
  return facts?.interfaces.some((each) => each.name === name) ? name : null;
}
