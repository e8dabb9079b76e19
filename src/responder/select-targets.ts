import type { AlertHosts, IncomingAlert } from "../alert/incoming-alert.ts";
import { parseResourceId, type ResourceId } from "../arm/resource-id.ts";
import { NightcapError } from "../common/errors.ts";
import type { KnownHosts } from "./known-hosts.ts";
import type { ResponderSettings } from "./settings.ts";

const targetCountMax = 64;
const virtualMachineType = "microsoft.compute/virtualmachines";
/** Names of a reason; an alert may have more. */
const shownNameCountMax = 4;
const shownNameLengthMax = 100;

/** The machines that an alert is about, or why there is nothing to do. */
export type Selection =
  | { kind: "machines"; resourceIds: readonly string[] }
  /** It is about something else: nothing is wrong. */
  | { kind: "ignored"; reason: string }
  /** It is about a host that nobody knows here: somebody should look. */
  | { kind: "unplaced"; reason: string; names: readonly string[] };

/**
 * First the targets that are machines (Azure compares namespace and type without regard to case), then the machines whose
 * flows the alert carries, then the hosts that it names. Throws `AlertUnreadable` when there are too many.
 */
export async function selectTargets(
  alert: IncomingAlert,
  options: { settings: ResponderSettings; hosts?: KnownHosts | undefined },
): Promise<Selection> {
  const unique = [...new Map(alert.targetResourceIds.map((id) => [id.toLowerCase(), id])).values()];
  if (unique.length > targetCountMax) {
    const count = `${unique.length} targets; at most ${targetCountMax} allowed`;
    throw new NightcapError("AlertUnreadable", `alert has ${count}`);
  }
  const read = unique.map((id) => ({ id, parsed: readTarget(id) }));
  const targets = read.flatMap(({ parsed }) => parsed ?? []);
  const named = targets.filter(isMachine);
  const machines = named.length > 0 ? named : flowMachines(alert);
  if (machines.length > 0) return ours(machines, options.settings);
  // A target that is no resource id is a host's name.
  const names = read.flatMap(({ id, parsed }) => (parsed ? [] : [id]));
  const hosts: AlertHosts =
    names.length > 0 ? { pick: "every", names } : (alert.hosts ?? { pick: "every", names: [] });
  if (hosts.names.length > 0) return findHosts(hosts, options);
  if (targets.length === 0 && alert.hosts) {
    return { kind: "unplaced", reason: "alert names no host", names: [] };
  }
  const reason = `alert is about a ${alert.resourceType}: Microsoft.Compute/virtualMachines expected`;
  return { kind: "ignored", reason };
}

const isMachine = ({ type }: ResourceId): boolean => type.toLowerCase() === virtualMachineType;

/** Null for what is not even meant as a resource id. */
function readTarget(id: string): ResourceId | null {
  if (!id.startsWith("/")) return null;
  try {
    return parseResourceId(id);
  } catch (cause) {
    const message = "alert has a target that is no resource id";
    throw new NightcapError("AlertUnreadable", message, { cause });
  }
}

/** An alert about a workspace is about the machines that saw its flows. */
function flowMachines({ criteria }: IncomingAlert): ResourceId[] {
  const ids = criteria.flatMap(({ flows }) => flows.map(({ resourceId }) => resourceId ?? ""));
  const unique = new Map(ids.filter((id) => id !== "").map((id) => [id.toLowerCase(), id]));
  return [...unique.values()]
    .slice(0, targetCountMax)
    .flatMap((id) => readTarget(id) ?? [])
    .filter(isMachine);
}

function ours(machines: readonly ResourceId[], { subscriptionId }: ResponderSettings): Selection {
  const wanted = subscriptionId?.toLowerCase();
  const found = machines.filter(
    (machine) => wanted === undefined || machine.subscriptionId?.toLowerCase() === wanted,
  );
  if (found.length > 0) return { kind: "machines", resourceIds: found.map(({ id }) => id) };
  const other = machines[0]?.subscriptionId ?? "";
  const reason = `alert is about subscription ${other}: ${subscriptionId} expected`;
  return { kind: "ignored", reason };
}

async function findHosts(
  { pick, names }: AlertHosts,
  { settings, hosts }: { settings: ResponderSettings; hosts?: KnownHosts | undefined },
): Promise<Selection> {
  const found = new Map<string, string>();
  const reasons: string[] = [];
  for (const name of names.slice(0, targetCountMax)) {
    const match = await findHost(name, hosts);
    if (match.resourceId === null) reasons.push(match.reason);
    else found.set(match.resourceId.toLowerCase(), match.resourceId);
    if (pick === "first" && found.size > 0) break;
  }
  if (found.size > 0) {
    return ours(
      [...found.values()].map((id) => parseResourceId(id)),
      settings,
    );
  }
  const more = reasons.length - shownNameCountMax;
  const shown = [...reasons.slice(0, shownNameCountMax), ...(more > 0 ? [`${more} more`] : [])];
  return { kind: "unplaced", reason: shown.join("; "), names };
}

async function findHost(
  name: string,
  hosts: KnownHosts | undefined,
): Promise<{ resourceId: string } | { resourceId: null; reason: string }> {
  const shown = JSON.stringify(name.slice(0, shownNameLengthMax));
  const machine = machineOf(name);
  if (machine !== null) return { resourceId: machine };
  if (!hosts) {
    return { resourceId: null, reason: `host ${shown} is no resource id, and no hosts are known` };
  }
  const match = await hosts.find(name);
  if (match.kind === "found") return { resourceId: match.resourceId };
  const reason =
    match.kind === "unknown"
      ? `no known host is ${shown}`
      : `${match.hostCount} hosts are ${shown}: name one by an alias`;
  return { resourceId: null, reason };
}

/** A resource id in a label or a dimension, where it is a machine's. */
function machineOf(name: string): string | null {
  try {
    const parsed = name.startsWith("/") ? readTarget(name) : null;
    return parsed && isMachine(parsed) ? parsed.id : null;
  } catch {
    return null;
  }
}
