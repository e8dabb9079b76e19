import type { PacketCaptureRequest } from "../../arm/packet-capture.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { scaleSetType } from "../../arm/scale-set.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { machineRecords, virtualMachineType } from "../compute/machines.ts";
import { instanceIdOf } from "../compute/scale-set-machines.ts";
import { scaleSetMembers } from "../compute/scale-set-members.ts";
import { findResource, resourceNotFound } from "../kernel/answers.ts";
import type { ArmContext } from "../kernel/arm-request.ts";
import { checkLinked } from "../kernel/permit.ts";

/** One host that is to record. */
export interface CaptureMember {
  hostId: string;
  /** ARM id of the virtual machine, or of the scale set's instance. */
  targetId: string;
  /** Of a scale set's instance. */
  instanceId: string | null;
}

/** What a packet capture records: a virtual machine, or the hosts of a scale set. */
export interface CaptureTarget {
  id: string;
  members: CaptureMember[];
}

/** The request's target; throws `ResourceNotFound`, or `InvalidParameter` that says what is allowed. */
export async function findTarget(
  context: ArmContext,
  request: PacketCaptureRequest,
  watcher: StoredResource,
): Promise<CaptureTarget> {
  const { id } = checkType(request);
  checkLinked(context, id);
  const target = await findResource(context, id);
  checkLocations(target, watcher);
  if (request.targetType === "AzureVM") {
    const hostId = await hostOf(context.state, target.id);
    return { id: target.id, members: [{ hostId, targetId: target.id, instanceId: null }] };
  }
  return { id: target.id, members: await chooseMembers(context.state, target.id, request.scope) };
}

/** The hosts that a request would record, for who only wants to look; the same errors. */
export async function hostsOfTarget(
  state: State,
  request: PacketCaptureRequest,
): Promise<CaptureMember[]> {
  const { id } = checkType(request);
  const target = await state.resources.get(id);
  if (!target) throw resourceNotFound(id);
  if (request.targetType === "AzureVMSS") return chooseMembers(state, target.id, request.scope);
  return [{ hostId: await hostOf(state, target.id), targetId: target.id, instanceId: null }];
}

function checkType({ target, targetType }: PacketCaptureRequest): { id: string } {
  const id = parseResourceId(target);
  const expected = targetType === "AzureVM" ? virtualMachineType : scaleSetType;
  if (id.type.toLowerCase() === expected.toLowerCase()) return id;
  throw new NightcapError(
    "InvalidParameter",
    `target "${target}" is a ${id.type}: with targetType ${targetType} a ${expected} expected`,
  );
}

function checkLocations(target: StoredResource, watcher: StoredResource): void {
  const [own, other] = [String(target.body["location"]), String(watcher.body["location"])];
  if (canonicalLocation(own) === canonicalLocation(other)) return;
  throw new NightcapError(
    "InvalidParameter",
    `target ${target.id} is in region "${own}", network watcher ${watcher.id} in "${other}": both must be in one region`,
  );
}

async function hostOf(state: State, machineId: string): Promise<string> {
  const record = await machineRecords(state).get(machineId.toLowerCase());
  if (record) return record.body.hostId;
  throw resourceNotFound(machineId);
}

/** All hosts of the set, or those that `include` names; never those that `exclude` names. */
async function chooseMembers(
  state: State,
  scaleSetId: string,
  scope: PacketCaptureRequest["scope"],
): Promise<CaptureMember[]> {
  const all = (await scaleSetMembers(state, scaleSetId)).map((member) => ({
    machineId: member.machineId,
    instanceId: instanceIdOf(member),
    targetId: `${scaleSetId}/virtualMachines/${instanceIdOf(member)}`,
  }));
  const named = (name: string) => (member: (typeof all)[number]) =>
    [member.instanceId, member.targetId, member.machineId].some((text) => sameId(text, name));
  const unknown = [...scope.include, ...scope.exclude].find((name) => !all.some(named(name)));
  const names = all.map(({ instanceId }) => instanceId).join(", ") || "(none)";
  if (unknown !== undefined) {
    throw new NightcapError(
      "InvalidParameter",
      `scope names instance "${unknown}", which scale set ${scaleSetId} does not have; it has: ${names}`,
    );
  }
  const chosen = all.filter(
    (member) =>
      (scope.include.length === 0 || scope.include.some((name) => named(name)(member))) &&
      !scope.exclude.some((name) => named(name)(member)),
  );
  if (chosen.length === 0) {
    throw new NightcapError(
      "InvalidParameter",
      `no instance of scale set ${scaleSetId} is left to record; it has: ${names}`,
    );
  }
  return Promise.all(
    chosen.map(async ({ machineId, instanceId, targetId }) => ({
      hostId: await hostOf(state, machineId),
      targetId,
      instanceId,
    })),
  );
}
