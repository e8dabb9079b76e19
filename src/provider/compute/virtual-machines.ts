import { apiVersionsOf } from "../../arm/api-version.ts";
import { instanceView } from "../../arm/virtual-machine.ts";
import { isoTime } from "../../common/clock.ts";
import type { StoredResource } from "../../state/state.ts";
import {
  findResource,
  listAnswer,
  resourceAnswer,
  resourceBody,
  scopeOf,
} from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import type { AgentDirectory } from "../captures/capture-session.ts";
import { machineRecords, virtualMachineType } from "./machines.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const machines = "providers/Microsoft.Compute/virtualMachines";

/** Microsoft.Compute: virtual machines, which are hosts with agents; read only. */
export function computeOperations(agents: AgentDirectory): Operation[] {
  const common = {
    method: "GET" as const,
    action: "Microsoft.Compute/virtualMachines/read",
    apiVersions: apiVersionsOf(virtualMachineType),
  };
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: virtualMachineType });
  const viewOf = async (context: ArmContext, machine: StoredResource) => {
    const record = await machineRecords(context.state).get(machine.id.toLowerCase());
    const facts = record?.body.facts ?? null;
    const connected = record !== null && agents.isConnected(record.body.hostId);
    return instanceView({ facts, connected, heardAt: isoTime(record?.body.heardAt ?? 0) });
  };
  return [
    { ...common, path: `/subscriptions/{subscriptionId}/${machines}`, handle: list },
    { ...common, path: `${group}/${machines}`, handle: list },
    {
      ...common,
      path: `${group}/${machines}/{vmName}`,
      async handle(context) {
        const machine = await findResource(context, context.path);
        const expand = context.query.get("$expand")?.toLowerCase().split(",") ?? [];
        if (!expand.includes("instanceview")) return resourceAnswer(200, machine);
        const body = resourceBody(machine);
        const view = await viewOf(context, machine);
        const properties = { ...(body["properties"] as object), instanceView: view };
        return { status: 200, body: { ...body, properties } };
      },
    },
    {
      ...common,
      action: "Microsoft.Compute/virtualMachines/instanceView/read",
      path: `${group}/${machines}/{vmName}/instanceView`,
      async handle(context) {
        const id = context.path.split("/").slice(0, -1).join("/");
        return { status: 200, body: await viewOf(context, await findResource(context, id)) };
      },
    },
  ];
}
