import { apiVersionsOf } from "../../arm/api-version.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { scaleSetMachineBody, scaleSetMachineType } from "../../arm/scale-set.ts";
import { instanceView } from "../../arm/virtual-machine.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import type { AgentDirectory } from "../captures/capture-session.ts";
import { findResource, resourceNotFound } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { machineRecords } from "./machines.ts";
import { type ScaleSetMember, scaleSetMembers } from "./scale-set-members.ts";

const path =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}/virtualMachines";

/** A host's instance id in its set is its name, as in Azure's flexible sets. */
export const instanceIdOf = ({ machineId }: Pick<ScaleSetMember, "machineId">): string =>
  parseResourceId(machineId).name;

/** Microsoft.Compute/virtualMachineScaleSets/virtualMachines: the hosts of a set; read only. */
export function scaleSetMachineOperations(agents: AgentDirectory): Operation[] {
  const read = {
    method: "GET" as const,
    action: `${scaleSetMachineType}/read`,
    apiVersions: apiVersionsOf(scaleSetMachineType),
  };
  return [
    { ...read, path, handle: (context) => listMachines(context, agents) },
    {
      ...read,
      path: `${path}/{instanceId}`,
      async handle(context) {
        const set = await findResource(context, context.path.split("/").slice(0, -2).join("/"));
        const member = await findMember(context, set, context.path);
        return { status: 200, body: await describe(context, { set, member, agents }) };
      },
    },
    {
      ...read,
      action: `${scaleSetMachineType}/instanceView/read`,
      path: `${path}/{instanceId}/instanceView`,
      async handle(context) {
        const segments = context.path.split("/");
        const set = await findResource(context, segments.slice(0, -3).join("/"));
        const member = await findMember(context, set, segments.slice(0, -1).join("/"));
        return { status: 200, body: await viewOf(context.state, member, agents) };
      },
    },
  ];
}

/** All on one page: a set has at most a thousand. */
async function listMachines(context: ArmContext, agents: AgentDirectory): Promise<ArmAnswer> {
  if (context.query.has("$filter")) {
    throw new NightcapError(
      "InvalidParameter",
      `$filter "${context.query.get("$filter")?.slice(0, 200)}" is not supported: leave it out`,
    );
  }
  const set = await findResource(context, context.path.split("/").slice(0, -1).join("/"));
  const members = await scaleSetMembers(context.state, set.id);
  const value = await Promise.all(
    members.map((member) => describe(context, { set, member, agents })),
  );
  return { status: 200, body: { value } };
}

async function findMember(
  context: ArmContext,
  set: StoredResource,
  id: string,
): Promise<ScaleSetMember> {
  const wanted = context.param("instanceId").toLowerCase();
  const members = await scaleSetMembers(context.state, set.id);
  const found = members.find((member) => instanceIdOf(member).toLowerCase() === wanted);
  if (found) return found;
  throw resourceNotFound(id);
}

async function describe(
  context: ArmContext,
  parts: { set: StoredResource; member: ScaleSetMember; agents: AgentDirectory },
): Promise<Record<string, unknown>> {
  const { set, member, agents } = parts;
  const machine = await findResource(context, member.machineId);
  const body = scaleSetMachineBody({
    scaleSetId: set.id,
    instanceId: instanceIdOf(member),
    sku: set.body["sku"],
    machine: machine.body,
  });
  const expand = context.query.get("$expand")?.toLowerCase().split(",") ?? [];
  if (!expand.includes("instanceview")) return body;
  const view = await viewOf(context.state, member, agents);
  return { ...body, properties: { ...(body["properties"] as object), instanceView: view } };
}

async function viewOf(
  state: State,
  { machineId }: ScaleSetMember,
  agents: AgentDirectory,
): Promise<Record<string, unknown>> {
  const record = await machineRecords(state).get(machineId.toLowerCase());
  const facts = record?.body.facts ?? null;
  const connected = record !== null && agents.isConnected(record.body.hostId);
  return instanceView({ facts, connected, heardAt: isoTime(record?.body.heardAt ?? 0) });
}
