import { connectionFindings } from "./connections.ts";
import { credentialFindings } from "./credentials.ts";
import { policyFindings } from "./expected.ts";
import { encryptionFindings } from "./encryption.ts";
import { sortFindings, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import { latencyFindings } from "./latency.ts";
import { nameFindings } from "./names.ts";
import { patternFindings } from "./patterns.ts";
import type { Policy } from "./policy.ts";
import { fileFindings } from "./recording.ts";
import { tcpFindings } from "./tcp.ts";
import { trafficFindings } from "./traffic.ts";
import { webFindings } from "./web.ts";

/**
 * What an inspection supports, gravest first: the one place that decides what a finding is. Frames above
 * the interface's MTU and unfilled checksums are never findings: a host that records itself sees packets
 * before its network card finishes them.
 */
export const findingsOf = (inspection: Inspected, policy: Policy): Finding[] =>
  sortFindings([
    ...fileFindings(inspection),
    ...credentialFindings(inspection),
    ...encryptionFindings(inspection),
    ...policyFindings(inspection, policy),
    ...patternFindings(inspection),
    ...connectionFindings(inspection),
    ...latencyFindings(inspection),
    ...tcpFindings(inspection),
    ...nameFindings(inspection),
    ...webFindings(inspection),
    ...trafficFindings(inspection),
  ]);
