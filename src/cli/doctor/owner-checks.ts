import { probeOwners } from "../../owner/probe.ts";
import type { Check, Subject } from "./checks.ts";
import { attempt, degraded, missing, ok } from "./tools.ts";

const owners: Subject = {
  name: "socket owners",
  essential: false,
  why: "captures and findings name the process that sent or received",
  remedy: "run the agent as root, or give it CAP_NET_ADMIN, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
};

/** Whether it can be said on this host which process owns a socket. */
export function checkOwners(): Promise<Check> {
  return attempt(owners, async () => {
    const probe = probeOwners();
    if (probe.owners === "none") return missing(owners, probe.found);
    return probe.isComplete ? ok(owners, probe.found) : degraded(owners, probe.found);
  });
}
