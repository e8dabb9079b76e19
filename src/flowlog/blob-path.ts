import { macAddressOf } from "./mac-address.ts";

/** Containers into which Azure writes (Microsoft Learn, "NSG flow logs" and "Virtual network flow logs", Log format). */
export const flowLogContainers = {
  nsg: "insights-logs-networksecuritygroupflowevent",
  vnet: "insights-logs-flowlogflowevent",
} as const;

/** One network interface's hour in one flow log. */
export interface FlowLogBlob {
  readonly kind: keyof typeof flowLogContainers;
  /** In upper case: the NSG's resource id, or for a VNet flow log "/SUBSCRIPTION_GROUP/WATCHER_FLOWLOG". */
  readonly log: string;
  /** Unix time at which the hour begins, milliseconds. */
  readonly hourMilliseconds: number;
  readonly macAddress: string;
}

const hourMilliseconds = 3_600_000;
const flowLogIdPattern =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/networkWatchers\/([^/]+)\/flowLogs\/([^/]+)$/i;
const pathPattern =
  /(?:^|\/)(resourceId|flowLogResourceID)=(\/.+)\/y=(\d{4})\/m=(\d\d)\/d=(\d\d)\/h=(\d\d)\/m=00\/macAddress=([^/]+)\/PT1H\.json$/i;

/** How the path names a VNet flow log; null when the id is not one of a flow log. */
export function flowLogPathName(flowLogId: string): string | null {
  const [, subscription, group, watcher, name] = flowLogIdPattern.exec(flowLogId) ?? [];
  if (subscription === undefined) return null;
  return `/${subscription}_${group}/${watcher}_${name}`.toUpperCase();
}

/** The path within the container for any time of the hour. */
export function flowLogBlobPath(blob: FlowLogBlob): string {
  const { kind, log, hourMilliseconds: time, macAddress } = blob;
  const member = kind === "nsg" ? "resourceId" : "flowLogResourceID";
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  const [year, month, day] = date.split("-");
  const hour = `y=${year}/m=${month}/d=${day}/h=${clock.slice(0, 2)}/m=00`;
  return `${member}=${log.toUpperCase()}/${hour}/macAddress=${macAddress}/PT1H.json`;
}

/** Reads a path, with or without folders before it; null when it is not in Azure's layout. */
export function parseFlowLogBlobPath(path: string): FlowLogBlob | null {
  const [, member, log = "", year, month, day, hour, mac = ""] = pathPattern.exec(path) ?? [];
  const macAddress = macAddressOf(mac);
  const time = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
  if (member === undefined || macAddress === null || Number.isNaN(time)) return null;
  // A day that the month does not have would be read as one of the next month.
  if (new Date(time).getUTCDate() !== Number(day)) return null;
  return {
    kind: member.toLowerCase() === "resourceid" ? "nsg" : "vnet",
    log: log.toUpperCase(),
    hourMilliseconds: Math.floor(time / hourMilliseconds) * hourMilliseconds,
    macAddress,
  };
}
