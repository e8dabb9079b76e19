import { randomUUID } from "node:crypto";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { scaleSetBody, scaleSetType } from "../../arm/scale-set.ts";
import type { State } from "../../state/state.ts";

/** Which set a host is in: `documents("scaleSetMembers")`, by its virtual machine's id in lower case. */
export interface ScaleSetMember {
  machineId: string;
  scaleSetId: string;
  /** Its agent was started with the set's name; otherwise somebody listed it in a PUT. */
  byAgent: boolean;
}

const memberRecords = (state: State) => state.documents<ScaleSetMember>("scaleSetMembers");

/** The hosts of a set, in the order of their ids. */
export async function scaleSetMembers(state: State, scaleSetId: string): Promise<ScaleSetMember[]> {
  const all = await memberRecords(state).list();
  return all.map(({ body }) => body).filter((member) => sameId(member.scaleSetId, scaleSetId));
}

export async function memberOf(state: State, machineId: string): Promise<ScaleSetMember | null> {
  return (await memberRecords(state).get(machineId.toLowerCase()))?.body ?? null;
}

export async function putMember(state: State, member: ScaleSetMember): Promise<void> {
  await memberRecords(state).put(member.machineId.toLowerCase(), member);
}

export async function removeMember(state: State, machineId: string): Promise<void> {
  await memberRecords(state).delete(machineId.toLowerCase());
}

/**
 * Takes what a host's agent says of its set: the set is made when it is new, in the host's own group.
 * A host whose agent names none keeps the set that a PUT gave it. The id of its set, or null.
 */
export async function joinScaleSet(
  state: State,
  host: { machineId: string; location: string; scaleSetName: string | null; time: string },
): Promise<string | null> {
  const { machineId, scaleSetName } = host;
  const before = await memberOf(state, machineId);
  if (scaleSetName === null) {
    if (!before?.byAgent) return before?.scaleSetId ?? null;
    await removeMember(state, machineId);
    return null;
  }
  const { subscriptionId, resourceGroupName } = parseResourceId(machineId);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
  const wanted = `${group}/providers/${scaleSetType}/${scaleSetName}`;
  const scaleSetId = await ensureScaleSet(state, wanted, host);
  if (!before?.byAgent || !sameId(before.scaleSetId, scaleSetId)) {
    await putMember(state, { machineId, scaleSetId, byAgent: true });
  }
  return scaleSetId;
}

async function ensureScaleSet(
  state: State,
  id: string,
  { location, time }: { location: string; time: string },
): Promise<string> {
  const found = await state.resources.get(id);
  if (found) return found.id;
  const fixed = { location, uniqueId: randomUUID(), timeCreated: time };
  await state.resources.put({ id, type: scaleSetType, body: scaleSetBody({ location }, fixed) });
  return id;
}
