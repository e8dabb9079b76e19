import { closeSync, openSync } from "node:fs";
import { NightcapError } from "../../common/errors.ts";
import { enterNetworkNamespace } from "./socket.ts";

/** Moves the calling thread into a network namespace by its name under /run/netns. */
export function enterNamespace(name: string): void {
  const fd = openNamespace(name);
  try {
    enterNetworkNamespace(fd, name);
  } finally {
    closeSync(fd);
  }
}

function openNamespace(name: string): number {
  try {
    return openSync(`/run/netns/${name}`, "r");
  } catch (cause) {
    throw new NightcapError("FlowMeterFailed", `no network namespace "${name}"`, { cause });
  }
}
