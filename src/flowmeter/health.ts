import type { FlowMeterCounters } from "./counters.ts";

/** Something that the meter cannot do as it is, and what a person does about it. */
export interface FlowMeterProblem {
  what: string;
  remedy: string;
}

/** What is known of a running meter; sent whenever it flushes. */
export interface FlowMeterHealth {
  /** degraded: it runs, and something is missing; failed: it does not run. */
  state: "running" | "degraded" | "failed";
  engine: "conntrack" | "packets";
  problems: FlowMeterProblem[];
  /** Flows followed now. */
  flowCount: number;
  /** The kernel's own table, where there is one. */
  kernelFlowCount: number | null;
  kernelFlowCountMax: number | null;
  counters: FlowMeterCounters;
}

/** What the worker says of itself. */
export interface EngineReport {
  flowCount: number;
  kernelFlowCount: number | null;
  kernelFlowCountMax: number | null;
  problems: FlowMeterProblem[];
  counters: FlowMeterCounters;
}

/** From here on new connections may be refused by the kernel soon. */
const tableFullShare = 0.95;

/** What the kernel's settings say against exact flow logs. */
export function kernelProblems(kernel: {
  accounting: boolean;
  count: number;
  countMax: number;
  mayPrepare: boolean;
}): FlowMeterProblem[] {
  const problems: FlowMeterProblem[] = [];
  if (!kernel.accounting) {
    problems.push({
      what: "the kernel does not count packets and bytes of flows (nf_conntrack_acct is 0)",
      remedy: kernel.mayPrepare
        ? "let the agent write it (root), or: sysctl -w net.netfilter.nf_conntrack_acct=1"
        : "sysctl -w net.netfilter.nf_conntrack_acct=1, or let prepareKernel be true",
    });
  }
  if (kernel.countMax > 0 && kernel.count >= kernel.countMax * tableFullShare) {
    problems.push({
      what: `the kernel's table of flows is nearly full (${kernel.count} of ${kernel.countMax})`,
      remedy: "sysctl -w net.netfilter.nf_conntrack_max=NUMBER, and see which host opens so many",
    });
  }
  return problems;
}
