import { randomUUID } from "node:crypto";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName, sameId } from "../../arm/resource-id.ts";
import {
  scaleSetBody,
  scaleSetChange,
  scaleSetInstanceView,
  scaleSetRequest,
  type ScaleSetRequest,
  scaleSetType,
} from "../../arm/scale-set.ts";
import { checkLocation } from "../../arm/tracked-resource.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import type { AgentDirectory } from "../captures/capture-session.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  resourceNotFound,
  scopeOf,
  writeCondition,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { machineRecords, virtualMachineType } from "./machines.ts";
import { memberOf, putMember, removeMember, scaleSetMembers } from "./scale-set-members.ts";
import { showScaleSetId } from "./machine-scale-set.ts";
import { scaleSetMachineOperations } from "./scale-set-machines.ts";

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
const sets = "providers/Microsoft.Compute/virtualMachineScaleSets";

export interface ScaleSetOptions {
  agents: AgentDirectory;
  /** The region that is served. */
  location: string;
}

/** Microsoft.Compute/virtualMachineScaleSets: groups of hosts. Hosts join them; none is ever made. */
export function scaleSetOperations(options: ScaleSetOptions): Operation[] {
  const apiVersions = apiVersionsOf(scaleSetType);
  const action = (verb: string) => `${scaleSetType}/${verb}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const path = `${group}/${sets}/{vmScaleSetName}`;
  const show = (state: State) => (resource: StoredResource) =>
    withMembers(state, resource, options.agents);
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: scaleSetType }, (page) =>
      Promise.all(page.map(show(context.state))),
    );
  const write = { action: action("write"), apiVersions, path };
  return [
    { ...read, path: `${subscription}/${sets}`, handle: list },
    { ...read, path: `${group}/${sets}`, handle: list },
    {
      ...read,
      path,
      handle: async (context) =>
        resourceAnswer(200, await show(context.state)(await findResource(context, context.path))),
    },
    {
      ...read,
      action: action("instanceView/read"),
      path: `${path}/instanceView`,
      handle: (context) => viewScaleSet(context, options),
    },
    { ...write, method: "PUT", handle: (context) => putScaleSet(context, options) },
    { ...write, method: "PATCH", handle: (context) => patchScaleSet(context, options) },
    { apiVersions, path, action: action("delete"), method: "DELETE", handle: deleteScaleSet },
    ...scaleSetMachineOperations(options.agents),
  ];
}

/** The set as it is now: `sku.capacity` is the number of its hosts, which `properties.nightcap` names. */
async function withMembers(
  state: State,
  resource: StoredResource,
  agents: AgentDirectory,
): Promise<StoredResource> {
  const members = await scaleSetMembers(state, resource.id);
  const virtualMachines = await Promise.all(
    members.map(async ({ machineId }) => {
      const record = await machineRecords(state).get(machineId.toLowerCase());
      return {
        id: machineId,
        connected: record !== null && agents.isConnected(record.body.hostId),
      };
    }),
  );
  const { sku, properties, ...rest } = resource.body as Record<string, object>;
  const body = {
    ...rest,
    sku: { ...sku, capacity: members.length },
    properties: { ...properties, nightcap: { virtualMachines } },
  };
  return { ...resource, body };
}

async function viewScaleSet(context: ArmContext, { agents }: ScaleSetOptions): Promise<ArmAnswer> {
  const id = context.path.split("/").slice(0, -1).join("/");
  const { body } = await withMembers(context.state, await findResource(context, id), agents);
  const { nightcap } = body["properties"] as {
    nightcap: { virtualMachines: { connected: boolean }[] };
  };
  const machines = nightcap.virtualMachines;
  const view = scaleSetInstanceView({
    connectedCount: machines.filter(({ connected }) => connected).length,
    machineCount: machines.length,
    time: isoTime(context.clock.now()),
  });
  return { status: 200, body: view };
}

async function putScaleSet(context: ArmContext, options: ScaleSetOptions): Promise<ArmAnswer> {
  checkScaleSetName(context.param("vmScaleSetName"));
  const request = parseContent(scaleSetRequest, context.body);
  return store(context, request, options);
}

async function patchScaleSet(context: ArmContext, options: ScaleSetOptions): Promise<ArmAnswer> {
  const { body } = await findResource(context, context.path);
  const change = parseContent(scaleSetChange, context.body);
  const merged = {
    ...body,
    ...withoutAbsent(change),
    sku: { ...(body["sku"] as object), ...change.sku },
    properties: { ...(body["properties"] as object), ...withoutAbsent(change.properties ?? {}) },
  };
  return store(context, parseContent(scaleSetRequest, merged), options);
}

const withoutAbsent = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));

async function store(
  context: ArmContext,
  request: ScaleSetRequest,
  { agents, location: served }: ScaleSetOptions,
): Promise<ArmAnswer> {
  const location = checkLocation(request.location, served);
  const wanted = request.properties?.nightcap?.virtualMachines?.map(({ id }) => id) ?? null;
  const { stored, shown } = await context.state.transact(async (inside) => {
    const before = await inside.resources.get(context.path);
    checkConditions(context, before);
    const body = scaleSetBody(request, { location, ...originOf(context, before) });
    const resource = { id: context.path, type: scaleSetType, body };
    const written = await inside.resources.put(resource, writeCondition(context));
    if (wanted !== null) await setMembers(inside, written.id, wanted);
    const { length } = await scaleSetMembers(inside, written.id);
    if (before) checkCapacity(request.sku?.capacity, length);
    return { stored: written, shown: await withMembers(inside, written, agents) };
  });
  return resourceAnswer(stored.created ? 201 : 200, shown);
}

function originOf(context: ArmContext, before: StoredResource | null) {
  const { uniqueId, timeCreated } = (before?.body["properties"] ?? {}) as Record<string, string>;
  return {
    uniqueId: uniqueId ?? randomUUID(),
    timeCreated: timeCreated ?? isoTime(context.clock.now()),
  };
}

/** A client that scales the set would be told that it has; hosts join by themselves. */
function checkCapacity(capacity: number | undefined, machineCount: number): void {
  if (capacity === undefined || capacity === machineCount) return;
  throw new NightcapError(
    "InvalidParameter",
    `sku.capacity ${capacity} is not allowed: the scale set has ${machineCount} hosts, and hosts are not made or removed here; a host joins with "nightcap agent --scale-set NAME", or by its id in properties.nightcap.virtualMachines`,
  );
}

/** The listed hosts are in the set from now on; those that a list brought in before, and it lacks, are not. */
async function setMembers(
  state: State,
  scaleSetId: string,
  wanted: readonly string[],
): Promise<void> {
  const keep = new Set<string>();
  for (const id of wanted) {
    const machine = await state.resources.get(id);
    if (!machine || machine.type.toLowerCase() !== virtualMachineType.toLowerCase()) {
      throw resourceNotFound(id);
    }
    keep.add(machine.id.toLowerCase());
    await addMember(state, scaleSetId, machine.id);
  }
  for (const { machineId, byAgent } of await scaleSetMembers(state, scaleSetId)) {
    if (byAgent || keep.has(machineId.toLowerCase())) continue;
    await removeMember(state, machineId);
    await showScaleSetId(state, machineId, null);
  }
}

async function addMember(state: State, scaleSetId: string, machineId: string): Promise<void> {
  const before = await memberOf(state, machineId);
  if (before && sameId(before.scaleSetId, scaleSetId)) return;
  if (before) {
    throw new NightcapError(
      "Conflict",
      `virtual machine ${machineId} is in scale set ${before.scaleSetId} already; a host is in one`,
    );
  }
  await putMember(state, { machineId, scaleSetId, byAgent: false });
  await showScaleSetId(state, machineId, scaleSetId);
}

/** The group goes; its hosts stay. One whose agent names the set brings it back when it next connects. */
async function deleteScaleSet(context: ArmContext): Promise<ArmAnswer> {
  return context.state.transact(async (inside) => {
    const found = await inside.resources.get(context.path);
    if (!found) return noContent;
    checkConditions(context, found);
    for (const { machineId } of await scaleSetMembers(inside, found.id)) {
      await removeMember(inside, machineId);
      await showScaleSetId(inside, machineId, null);
    }
    await inside.resources.delete(found.id);
    return { status: 200 };
  });
}

/** Azure's limit of a scale set's name on Linux, besides the letters that all names have. */
const nameLengthMax = 64;

function checkScaleSetName(name: string): void {
  checkResourceName(name, "scale set");
  if (name.length <= nameLengthMax) return;
  const message = `scale set name "${name}" is not valid: at most ${nameLengthMax} characters`;
  throw new NightcapError("InvalidParameter", message);
}
