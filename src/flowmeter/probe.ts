import { readFile } from "node:fs/promises";
import { findProgram } from "../capture/programs.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { newCounters } from "./counters.ts";
import { conntrackGroups } from "./netlink/conntrack.ts";
import { openNflogFeed } from "./netlink/nflog-feed.ts";
import { openNetlinkSocket } from "./netlink/socket.ts";

const probeBufferBytes = 1 << 16;
const defaultNflogGroup = 75;

/** What a look at the host says about metering flows on it. */
export interface FlowMeterProbe {
  /** kernel: exactly, with decisions and rules; packets: by dumpcap, without; none: not at all. */
  engine: "kernel" | "packets" | "none";
  /** What is there, and what is not. */
  found: string;
  isComplete: boolean;
}

/** Tries what a meter needs, and leaves the host as it was. */
export async function probeFlowMeter(): Promise<FlowMeterProbe> {
  const refused = tryConntrack();
  if (refused !== null) {
    const hasDumpcap = (await findProgram("dumpcap")) !== null;
    const instead = hasDumpcap ? "flows are made from packets, without rules" : "no dumpcap either";
    return {
      engine: hasDumpcap ? "packets" : "none",
      found: `${refused}; ${instead}`,
      isComplete: false,
    };
  }
  const missing = [tryNflog(), await missingNft()].filter((text) => text !== null);
  const accounting = await readFile("/proc/sys/net/netfilter/nf_conntrack_acct", "utf8").catch(
    () => "",
  );
  const counting = accounting.trim() === "1" ? "counts" : "counts when the agent runs";
  const found = [`conntrack's events come, the kernel ${counting}`, ...missing].join("; ");
  return { engine: "kernel", found, isComplete: missing.length === 0 };
}

function tryConntrack(): string | null {
  try {
    openNetlinkSocket({ groups: conntrackGroups, bufferBytes: probeBufferBytes }).close();
    return null;
  } catch (error) {
    return describeError(error);
  }
}

/** A group that is taken is as good as a free one: the agent that runs has it. */
function tryNflog(): string | null {
  const counters = newCounters();
  try {
    const options = { group: defaultNflogGroup, bufferBytes: probeBufferBytes, counters };
    openNflogFeed(options, () => {}).close();
    return null;
  } catch (error) {
    if (error instanceof NightcapError && error.code === "Conflict") return null;
    return `denied flows are not seen: ${describeError(error)}`;
  }
}

async function missingNft(): Promise<string | null> {
  const path = await findProgram("nft");
  return path === null ? "no nft: names of rules are not known (apt-get install nftables)" : null;
}
