import { checkCapture, checkProtocol } from "./capture-checks.ts";
import { checkFlowEngine, checkFlowMetering } from "./flow-checks.ts";
import {
  checkClock,
  checkCounters,
  checkDirectory,
  checkFreeSpace,
  checkNode,
} from "./host-checks.ts";
import { checkOwners } from "./owner-checks.ts";
import { checkEncryption } from "./storage-checks.ts";
import { checkRetention } from "./retention-checks.ts";
import { checkNamespaces, checkPort, checkProgram } from "./network-checks.ts";

/** What one look at the host says. */
export interface Check {
  name: string;
  /** `degraded`: it works, but not all of it or not well. */
  state: "ok" | "degraded" | "missing";
  /** Without it the main job, recording this host's packets, does not work. */
  essential: boolean;
  /** What is there, or what came back instead. */
  found: string;
  /** Why it matters. */
  why: string;
  /** How to get it. */
  remedy: string;
}

/** Parts of a check that do not depend on what is found. */
export type Subject = Pick<Check, "name" | "essential" | "why" | "remedy">;

export interface Places {
  /** The state directory. */
  state: string;
  /** Where captures may be left on the host. */
  captures: string;
  /** TCP port of the control plane, on the loopback. */
  port: number;
}

/** Looks at everything that Nightcap needs of a host; it leaves the host as it was. */
export async function checkHost({ state, captures, port }: Places): Promise<Check[]> {
  return [
    checkNode(process.versions.node),
    await checkCapture(),
    await checkProtocol(),
    await checkProgram({
      name: "setpriv",
      essential: true,
      why: "it ends dumpcap with the agent, so that no recording is orphaned",
      remedy: "apt-get install util-linux",
    }),
    await checkProgram({
      name: "nsenter",
      essential: false,
      why: "it starts dumpcap in the network namespace that is watched",
      remedy: "apt-get install util-linux",
    }),
    await checkProgram({
      name: "ip",
      essential: false,
      why: "drill and the tests make network namespaces with it",
      remedy: "apt-get install iproute2",
      versionOption: "-Version",
    }),
    await checkNamespaces(),
    await checkFlowMetering(),
    await checkFlowEngine(),
    await checkOwners(),
    await checkCounters(),
    await checkDirectory(state, {
      name: "state",
      essential: true,
      why: "keys, resources and alerts are kept there",
      remedy: `make ${state} yours, or choose another with --state or NIGHTCAP_STATE`,
    }),
    await checkDirectory(captures, {
      name: "captures",
      essential: false,
      why: "captures that ask for a filePath are left there",
      remedy: `make ${captures} writable for the agent's user`,
    }),
    await checkFreeSpace(state),
    await checkEncryption(state),
    await checkRetention(state),
    checkClock(Date.now()),
    await checkPort(port),
    await checkProgram({
      name: "tshark",
      essential: false,
      why: "only the tests need it: it is the judge of the inspection",
      remedy: "apt-get install --no-install-recommends tshark",
    }),
  ];
}
