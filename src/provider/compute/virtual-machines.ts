import { apiVersionsOf } from "../../arm/api-version.ts";
import { sameId } from "../../arm/resource-id.ts";
import { canonicalLocation, tagsRequest } from "../../arm/tracked-resource.ts";
import { instanceView } from "../../arm/virtual-machine.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  resourceAnswer,
  resourceBody,
  scopeOf,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import type { AgentDirectory } from "../captures/capture-session.ts";
import { machineRecords, virtualMachineType } from "./machines.ts";

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
const machines = "providers/Microsoft.Compute/virtualMachines";

/** Microsoft.Compute: virtual machines, which are hosts with agents; read only. */
export function computeOperations(agents: AgentDirectory): Operation[] {
  const common = {
    method: "GET" as const,
    action: "Microsoft.Compute/virtualMachines/read",
    apiVersions: apiVersionsOf(virtualMachineType),
  };
  const viewOf = async (context: ArmContext, machine: StoredResource) => {
    const record = await machineRecords(context.state).get(machine.id.toLowerCase());
    const facts = record?.body.facts ?? null;
    const connected = record !== null && agents.isConnected(record.body.hostId);
    return instanceView({ facts, connected, heardAt: isoTime(record?.body.heardAt ?? 0) });
  };
  const withView = async (context: ArmContext, machine: StoredResource) => {
    const instance = await viewOf(context, machine);
    const properties = { ...(machine.body["properties"] as object), instanceView: instance };
    return { ...machine, body: { ...machine.body, properties } };
  };
  const list = (context: ArmContext, where: MachineFilter = readMachineFilter(context)) => {
    const query = { scope: scopeOf(context), type: virtualMachineType, where };
    if (!wantsView(context)) return listAnswer(context, query);
    return listAnswer(context, query, (page) =>
      Promise.all(page.map((machine) => withView(context, machine))),
    );
  };
  return [
    { ...common, path: `${subscription}/${machines}`, handle: (context) => list(context) },
    { ...common, path: `${group}/${machines}`, handle: (context) => list(context) },
    {
      ...common,
      path: `${subscription}/providers/Microsoft.Compute/locations/{location}/virtualMachines`,
      handle: (context) => list(context, inLocation(context.param("location"))),
    },
    {
      ...common,
      method: "PATCH",
      action: "Microsoft.Compute/virtualMachines/write",
      path: `${group}/${machines}/{vmName}`,
      handle: patchMachine,
    },
    {
      ...common,
      action: "Microsoft.Compute/virtualMachines/extensions/read",
      path: `${group}/${machines}/{vmName}/extensions`,
      async handle(context) {
        await findResource(context, context.path.split("/").slice(0, -1).join("/"));
        // Azure's agent extensions are not installed on a host: its own agent does their work.
        return { status: 200, body: { value: [] } };
      },
    },
    {
      ...common,
      path: `${group}/${machines}/{vmName}`,
      async handle(context) {
        const machine = await findResource(context, context.path);
        if (!wantsView(context)) return resourceAnswer(200, machine);
        return { status: 200, body: resourceBody(await withView(context, machine)) };
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

type MachineFilter = (machine: StoredResource) => boolean;

/** `$expand=instanceView`, and `statusOnly=true` of a list. */
function wantsView({ query }: ArmContext): boolean {
  const expand = query.get("$expand")?.toLowerCase().split(",") ?? [];
  return expand.includes("instanceview") || query.get("statusOnly")?.toLowerCase() === "true";
}

const inLocation =
  (location: string): MachineFilter =>
  ({ body }) =>
    canonicalLocation(String(body["location"])) === canonicalLocation(location);

/** Azure's one filter of this list: the machines of a scale set. */
const scaleSetFilter = /^'virtualMachineScaleSet\/id' eq '([^']+)'$/i;

function readMachineFilter({ query }: ArmContext): MachineFilter {
  const text = query.get("$filter")?.trim() ?? "";
  if (text === "") return () => true;
  const id = scaleSetFilter.exec(text)?.[1];
  if (id === undefined) {
    throw new NightcapError(
      "InvalidParameter",
      `$filter "${text.slice(0, 200)}" is not supported here: 'virtualMachineScaleSet/id' eq 'ID' expected`,
    );
  }
  return ({ body }) => {
    const { virtualMachineScaleSet: set } = body["properties"] as {
      virtualMachineScaleSet?: { id: string };
    };
    return set !== undefined && sameId(set.id, id);
  };
}

/** Tags are anyone's to set, and stay when the host changes; the rest is what the host is. */
async function patchMachine(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags, ...others } = parseContent(machineChange, context.body);
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new NightcapError(
      "InvalidParameter",
      `${other} of virtual machine ${found.id} cannot be changed: the machine is a host, of which only tags are set here`,
    );
  }
  const body = { ...found.body, ...(tags === undefined ? {} : { tags }) };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return resourceAnswer(200, stored);
}

const machineChange = tagsRequest.loose();
