import type { ChildProcess } from "node:child_process";
import type { ChangeKind, ChangeMetric } from "../../src/inspection/change/change-answer.ts";
import type { HostName } from "../bed/names.ts";
import type { TestBed } from "../bed/bed.ts";

/** A packet as another program than ours reads it. */
export interface SeenPacket {
  /** Milliseconds since the epoch. */
  time: number;
  source: string;
  destination: string;
  transport: "tcp" | "udp" | "other";
  sourcePort: number;
  destinationPort: number;
  sizeBytes: number;
  opensConnection: boolean;
  isSentAgain: boolean;
}

/** What is really behind the change. */
export interface Culprit {
  /** Has to be among the addresses that the answer names; null where there are many. */
  address: string | null;
  /** The port that grew most, `443/tcp`; null where there are many. */
  port: string | null;
  /** On the host that recorded; null where none of its programs has part in it. */
  process: { program: string; pid: number; user: string } | null;
  /** Which packets are the incident's; or the share that it has by the way it was made; null where nothing happened to have one. */
  part: ((packet: SeenPacket) => boolean) | number | null;
}

type Start = (host: HostName, program: string, ...args: (string | number)[]) => ChildProcess;

/** Where a scenario plays: a bed with a quiet host `vm`, and numbers that are the same for one seed. */
export interface Stage {
  bed: TestBed;
  seed: number;
  random: () => number;
  /** Starts one of the programs in `programs/`. */
  node: Start;
  /** Starts any program; the process is the program's own. */
  spawn: Start;
}

export interface Scenario {
  name: string;
  /** The metric of the alert. */
  metric: ChangeMetric;
  /** What the answer may call it; more than one where words differ and all are true. */
  kinds: readonly ChangeKind[];
  /** Sets up what is there before; the result begins the incident. */
  prepare: Prepare;
  /** The same where a flow log of the host has to see it; `prepare` unless told. */
  prepareLogged?: Prepare;
}

type Prepare = (stage: Stage) => Promise<() => Promise<Culprit> | Culprit>;

export const hosts = {
  vm: "192.0.2.10",
  neighbour: "192.0.2.20",
  outside: "198.51.100.80",
  stranger: "198.51.100.66",
} as const;

/** Milliseconds of before and after, and how much later than the incident the alert comes. */
export interface Timing {
  beforeMilliseconds: number;
  afterMilliseconds: number;
  alertDelayMilliseconds: number;
}

export function processOf(child: ChildProcess, program: string, user = "root"): Culprit["process"] {
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return { program, pid: child.pid, user };
}
