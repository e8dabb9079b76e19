import { apiVersionsOf } from "../../arm/api-version.ts";
import { sameId } from "../../arm/resource-id.ts";
import type { StoredResource } from "../../state/state.ts";
import { networkInterfaceType } from "../compute/machines.ts";
import { instanceIdOf } from "../compute/scale-set-machines.ts";
import { scaleSetMembers } from "../compute/scale-set-members.ts";
import { findResource, resourceAnswer, resourceBody, resourceNotFound } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";

const scaleSet =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}";
const setAction = "Microsoft.Compute/virtualMachineScaleSets";

/** The interfaces of a scale set's hosts, under the ids that they have as interfaces of hosts. */
export function scaleSetInterfaceOperations(): Operation[] {
  const read = { method: "GET" as const, apiVersions: apiVersionsOf(networkInterfaceType) };
  const instance = `${scaleSet}/virtualMachines/{instanceId}/networkInterfaces`;
  const action = `${setAction}/virtualMachines/networkInterfaces/read`;
  return [
    {
      ...read,
      path: `${scaleSet}/networkInterfaces`,
      action: `${setAction}/networkInterfaces/read`,
      handle: async (context) => list(await interfacesOf(context, null)),
    },
    {
      ...read,
      path: instance,
      action,
      handle: async (context) => list(await interfacesOf(context, context.param("instanceId"))),
    },
    {
      ...read,
      path: `${instance}/{networkInterfaceName}`,
      action,
      async handle(context) {
        const wanted = `/${context.param("networkInterfaceName")}`.toLowerCase();
        const all = await interfacesOf(context, context.param("instanceId"));
        const found = all.find(({ id }) => id.toLowerCase().endsWith(wanted));
        if (found) return resourceAnswer(200, found);
        throw resourceNotFound(context.path);
      },
    },
  ];
}

/** All on one page: a set has at most a thousand hosts. */
const list = (interfaces: readonly StoredResource[]) => ({
  status: 200,
  body: { value: interfaces.map(resourceBody) },
});

/** Those of one instance, or of all; throws `ResourceNotFound` for a set or an instance that is not there. */
async function interfacesOf(
  context: ArmContext,
  instanceId: string | null,
): Promise<StoredResource[]> {
  const at =
    instanceId === null
      ? /\/networkInterfaces$/i
      : /\/virtualMachines\/[^/]+\/networkInterfaces.*$/i;
  const set = await findResource(context, context.path.replace(at, ""));
  const members = (await scaleSetMembers(context.state, set.id)).filter(
    (member) => instanceId === null || sameId(instanceIdOf(member), instanceId),
  );
  if (instanceId !== null && members.length === 0) {
    throw resourceNotFound(context.path.replace(/\/networkInterfaces.*$/i, ""));
  }
  const ids = await Promise.all(members.map(({ machineId }) => interfaceIds(context, machineId)));
  const found = await Promise.all(ids.flat().map((id) => context.state.resources.get(id)));
  return found.filter((each) => each !== null);
}

async function interfaceIds({ state }: ArmContext, machineId: string): Promise<string[]> {
  const machine = await state.resources.get(machineId);
  const properties = machine?.body["properties"] as
    | { networkProfile?: { networkInterfaces?: { id: string }[] } }
    | undefined;
  return (properties?.networkProfile?.networkInterfaces ?? []).map(({ id }) => id);
}
