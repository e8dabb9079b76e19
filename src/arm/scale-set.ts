import { z } from "zod";
import { tags } from "./tracked-resource.ts";

export const scaleSetType = "Microsoft.Compute/virtualMachineScaleSets";
export const scaleSetMachineType = `${scaleSetType}/virtualMachines`;

/** Azure's own limit of instances in one scale set. */
export const scaleSetMachineCountMax = 1_000;

/** Azure never shows these again, and nothing here could use them: they are not kept either. */
const secretNames: ReadonlySet<string> = new Set([
  "adminpassword",
  "customdata",
  "userdata",
  "protectedsettings",
]);
/** What the server says, whatever a client sends back of it. */
const readOnlyNames: ReadonlySet<string> = new Set([
  "provisioningState",
  "uniqueId",
  "timeCreated",
  "nightcap",
]);

const absent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

const sku = z.looseObject({
  name: absent(z.string().max(128)),
  tier: absent(z.string().max(128)),
  capacity: absent(z.int().min(0)),
});

/** Nightcap's own: the hosts that are in the set, by the ids of their virtual machines. */
const members = z.object({
  virtualMachines: absent(
    z.array(z.object({ id: z.string().max(2_048) })).max(scaleSetMachineCountMax),
  ),
});

const properties = z.looseObject({
  orchestrationMode: absent(
    z.enum(["Uniform", "Flexible"], {
      error: ({ input }) => `${JSON.stringify(input)} is not allowed: Uniform or Flexible expected`,
    }),
  ),
  nightcap: absent(members),
});

/** Body of PUT virtualMachineScaleSets. What is not listed here is kept and shown again. */
export const scaleSetRequest = z.looseObject({
  location: z.string().min(1).max(60),
  tags: absent(tags),
  sku: absent(sku),
  properties: absent(properties),
});

/** Body of PATCH: what is there replaces what was. */
export const scaleSetChange = scaleSetRequest.partial({ location: true });

export type ScaleSetRequest = z.infer<typeof scaleSetRequest>;

/** `az vmss update` looks into the storage profile of what it has read, and ends when there is none. */
const defaultProfile = {
  storageProfile: { osDisk: { osType: "Linux", createOption: "FromImage" } },
  networkProfile: { networkInterfaceConfigurations: [] },
};

function profileOf(request: ScaleSetRequest): object {
  const profile: unknown = request.properties?.["virtualMachineProfile"];
  return typeof profile === "object" && profile !== null ? profile : {};
}

/** What is stored of a scale set: what the client sent, less secrets and what only the server says. */
export function scaleSetBody(
  request: ScaleSetRequest,
  fixed: { location: string; uniqueId: string; timeCreated: string },
): Record<string, unknown> {
  const { id: _id, name: _name, type: _type, etag: _etag, ...rest } = request;
  const { capacity: _capacity, ...size } = request.sku ?? {};
  const wanted = Object.entries(request.properties ?? {}).filter(
    ([name]) => !readOnlyNames.has(name),
  );
  return withoutSecrets({
    ...rest,
    location: fixed.location,
    tags: request.tags ?? {},
    sku: { name: "Standard", tier: "Standard", ...size },
    properties: {
      orchestrationMode: "Flexible",
      singlePlacementGroup: false,
      ...Object.fromEntries(wanted),
      virtualMachineProfile: { ...defaultProfile, ...profileOf(request) },
      provisioningState: "Succeeded",
      uniqueId: fixed.uniqueId,
      timeCreated: fixed.timeCreated,
    },
  }) as Record<string, unknown>;
}

/** `instanceView` of a whole set. */
export function scaleSetInstanceView(options: {
  connectedCount: number;
  machineCount: number;
  /** ISO 8601. */
  time: string;
}): Record<string, unknown> {
  const { connectedCount, machineCount, time } = options;
  const counts = [
    { code: "ProvisioningState/succeeded", count: machineCount },
    { code: "PowerState/running", count: connectedCount },
    { code: "PowerState/unknown", count: machineCount - connectedCount },
  ];
  return {
    virtualMachine: { statusesSummary: counts.filter(({ count }) => count > 0) },
    statuses: [
      {
        code: "ProvisioningState/succeeded",
        level: "Info",
        displayStatus: "Provisioning succeeded",
        time,
      },
    ],
    extensions: [],
  };
}

/** A host as an instance of its set: the virtual machine's body under the set's own id. */
export function scaleSetMachineBody(options: {
  scaleSetId: string;
  instanceId: string;
  sku: unknown;
  machine: Readonly<Record<string, unknown>>;
}): Record<string, unknown> {
  const { scaleSetId, instanceId, machine } = options;
  const { virtualMachineScaleSet: _set, ...own } = machine["properties"] as Record<string, unknown>;
  return {
    id: `${scaleSetId}/virtualMachines/${instanceId}`,
    name: instanceId,
    type: scaleSetMachineType,
    instanceId,
    location: machine["location"],
    tags: machine["tags"],
    sku: options.sku,
    properties: { latestModelApplied: true, ...own },
  };
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretNames.has(name.toLowerCase()))
      .map(([name, inner]) => [name, withoutSecrets(inner)]),
  );
}
