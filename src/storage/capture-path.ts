import { NightcapError } from "../common/errors.ts";

/** The container that Azure puts packet captures in. */
export const captureContainer = "network-watcher-logs";

const machineIdPattern =
  /^\/subscriptions\/[^/?#]+\/resourcegroups\/[^/?#]+\/providers\/microsoft\.compute\/(?:virtualmachines|virtualmachinescalesets)\/[^?#]+$/;

/**
 * The blob's name that Azure gives to a packet capture of a machine created at `time` (milliseconds,
 * written in UTC): the machine's id in lower case, the day, `packetcapture_HH_mm_ss_mmm.cap`.
 */
export function captureBlobName(machineId: string, time: number): string {
  const id = machineId.toLowerCase();
  if (!machineIdPattern.test(id) || id.includes("//") || /\/\.{1,2}(?:\/|$)/.test(id)) {
    throw new NightcapError("InvalidParameter", `not the id of a virtual machine: "${machineId}"`);
  }
  const [day = "", clock = ""] = new Date(time).toISOString().slice(0, -1).split("T");
  return `${id.slice(1)}/${day.replaceAll("-", "/")}/packetcapture_${clock.replaceAll(/[:.]/g, "_")}.cap`;
}

/** Container and blob in one: what follows the account's endpoint in a capture's `storagePath`. */
export const capturePath = (machineId: string, time: number): string =>
  `${captureContainer}/${captureBlobName(machineId, time)}`;
