import { parseAddressPrefix } from "../../arm/address-prefix.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { HostAnswer, HostQuestion } from "../../diagnosis/question.ts";
import type { StoredResource } from "../../state/state.ts";
import { machineRecords, virtualMachineType } from "../compute/machines.ts";
import { findResource, resourceNotFound } from "../kernel/answers.ts";
import type { ArmContext } from "../kernel/arm-request.ts";
import { checkLinked } from "../kernel/permit.ts";

/** Asks a host's agent; throws `VMAgentStatusCommunicationError` when it cannot be asked. */
export type AskHost = (hostId: string, question: HostQuestion) => Promise<HostAnswer>;

export interface DiagnosedInterface {
  id: string;
  addresses: string[];
  securityGroupId: string | null;
}

/** The virtual machine that a diagnosis is about. */
export interface DiagnosedMachine {
  id: string;
  hostId: string;
  interfaces: DiagnosedInterface[];
  /** Networks that its interfaces are in: what a security rule calls `VirtualNetwork`. */
  networks: string[];
}

/** The watcher that is asked, and the machine; both must be in one region, and the machine the caller's to see. */
export async function findMachine(
  context: ArmContext,
  targetId: string,
): Promise<DiagnosedMachine> {
  const watcher = await findResource(context, context.path.split("/").slice(0, -1).join("/"));
  const { type } = parseResourceId(targetId);
  if (type.toLowerCase() !== virtualMachineType.toLowerCase()) {
    throw new NightcapError(
      "InvalidParameter",
      `target "${targetId}" is a ${type}: a ${virtualMachineType} expected`,
    );
  }
  checkLinked(context, targetId);
  const machine = await findResource(context, targetId);
  checkRegion(machine, watcher);
  return readMachine(context, machine);
}

function checkRegion(machine: StoredResource, watcher: StoredResource): void {
  const [own, other] = [String(machine.body["location"]), String(watcher.body["location"])];
  if (canonicalLocation(own) === canonicalLocation(other)) return;
  throw new NightcapError(
    "InvalidParameter",
    `${machine.id} is in region "${own}", network watcher ${watcher.id} in "${other}": both must be in one region`,
  );
}

async function readMachine(
  context: ArmContext,
  machine: StoredResource,
): Promise<DiagnosedMachine> {
  const record = await machineRecords(context.state).get(machine.id.toLowerCase());
  if (!record) throw resourceNotFound(machine.id);
  const { hostId, facts } = record.body;
  const networks = (facts?.interfaces ?? [])
    .filter(({ name }) => name !== "lo")
    .flatMap(({ addresses }) => addresses.map((each) => `${each.address}/${each.prefixLength}`))
    .filter((network) => parseAddressPrefix(network) !== null);
  return { id: machine.id, hostId, interfaces: await interfacesOf(context, machine), networks };
}

async function interfacesOf(
  { state }: ArmContext,
  machine: StoredResource,
): Promise<DiagnosedInterface[]> {
  const { networkProfile } = (machine.body["properties"] ?? {}) as {
    networkProfile?: { networkInterfaces?: { id: string }[] };
  };
  const ids = (networkProfile?.networkInterfaces ?? []).map(({ id }) => id);
  const found = await Promise.all(ids.map((id) => state.resources.get(id)));
  return found.filter((each) => each !== null).map(readInterface);
}

export interface InterfaceProperties {
  virtualMachine?: { id: string };
  networkSecurityGroup?: { id: string };
  ipConfigurations?: { id: string; properties: { privateIPAddress: string } }[];
}

export const interfaceProperties = ({ body }: Pick<StoredResource, "body">): InterfaceProperties =>
  body["properties"] as InterfaceProperties;

function readInterface(resource: StoredResource): DiagnosedInterface {
  const { ipConfigurations, networkSecurityGroup } = interfaceProperties(resource);
  return {
    id: resource.id,
    addresses: (ipConfigurations ?? []).map(({ properties }) => properties.privateIPAddress),
    securityGroupId: networkSecurityGroup?.id ?? null,
  };
}

/** The interface that has the address; throws `InvalidParameter` with those that there are. */
export function interfaceWith(
  machine: DiagnosedMachine,
  address: string,
  interfaceId: string | undefined,
): DiagnosedInterface {
  const found = machine.interfaces.find(
    (each) =>
      each.addresses.some((own) => own.toLowerCase() === address.toLowerCase()) &&
      (interfaceId === undefined || sameId(each.id, interfaceId)),
  );
  if (found) return found;
  const all = machine.interfaces.flatMap(({ addresses }) => addresses).join(", ") || "(none)";
  const where = interfaceId ?? machine.id;
  throw new NightcapError(
    "InvalidParameter",
    `address "${address}" is not one of ${where}; ${machine.id} has: ${all}`,
  );
}
