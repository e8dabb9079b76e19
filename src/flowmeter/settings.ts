import { z } from "zod";

const interfaceName = z.string().regex(/^(?!-)[^/\s:]{1,15}$/, {
  error: 'expected the name of an interface: 1 to 15 characters without "/", ":" and spaces',
});
const ruleName = z.string().min(1).max(80);

/** Settings of the flow meter; each field carries its unit and its bounds. */
export const flowMeterSettings = z.strictObject({
  /** conntrack: the kernel's own flows; packets: headers that dumpcap reads; auto: the first that works. */
  engine: z.enum(["auto", "conntrack", "packets"]).default("auto"),
  /** Interfaces whose flows are logged; empty: all but the loopback. */
  interfaces: z.array(interfaceName).max(1_024).default([]),
  /**
   * Interfaces of a router: a forwarded flow is logged when its source (Outbound) or its destination
   * (Inbound) lies in a network that such an interface is connected to. Empty: forwarded flows are not logged.
   */
  insideInterfaces: z.array(interfaceName).max(1_024).default([]),
  /** Between two records of a flow that goes on, and between two looks at the kernel's whole table. */
  continueSeconds: z.int().min(1).max(3_600).default(60),
  /** Between two deliveries of records. */
  flushSeconds: z.number().min(0.1).max(60).default(2),
  /** NFLOG group that deny rules log to; one process may listen to it. 0: denied flows are not logged. */
  nflogGroup: z.int().min(0).max(65_535).default(75),
  /** Bits of the conntrack mark that name the rule; others are left to whoever uses them. */
  ruleMarkMask: z.int().min(0).max(0xffff_ffff).default(0xffff_ffff),
  /** Names of rules by the (masked) mark they set; goes before what nft's own comments say. */
  ruleMarks: z
    .array(z.strictObject({ mark: z.int().min(1).max(0xffff_ffff), rule: ruleName }))
    .max(4_096)
    .default([]),
  /** Whether comments of nft rules that set a mark name the rule. */
  readNftRules: z.boolean().default(true),
  /** Rule of flows that no marking rule let through; Azure's own word for what no rule of a person decided. */
  unmarkedRule: ruleName.default("PlatformRule"),
  /** Whether the meter may switch counting on (nf_conntrack_acct) and add a table of its own to nftables. */
  prepareKernel: z.boolean().default(true),
  /** Kernel buffer of each netlink socket. */
  socketBufferBytes: z
    .int()
    .min(1 << 16)
    .max(1 << 30)
    .default(16 << 20),
  /** Flows that are followed at once; more are counted, not logged. */
  flowCountMax: z.int().min(1).max(10_000_000).default(262_144),
  /** Tuples that wait while records are not taken; more are counted as dropped. */
  pendingTupleCountMax: z.int().min(16).max(10_000_000).default(200_000),
  /** Packets engine: silence after which a TCP flow is over. */
  tcpIdleSeconds: z.int().min(1).max(86_400).default(300),
  /** Packets engine: silence after which a UDP flow is over. */
  udpIdleSeconds: z.int().min(1).max(86_400).default(60),
});

export type FlowMeterSettings = z.infer<typeof flowMeterSettings>;

/** One flow log as the control plane sends it: what its records are called and which interfaces it covers. */
export const flowLogTarget = z.strictObject({
  /** Resource id of the flow log. */
  id: z.string().max(2_048),
  /** Resource id of what is logged. */
  targetId: z.string().max(2_048),
  /** `flowLogGUID` of its records. */
  guid: z.string().max(64),
  /** Interfaces that it covers; empty: every one that is watched. */
  interfaces: z.array(interfaceName).max(1_024),
  /** `aclID` of flows that a named rule decided; the others have the all-zero GUID. */
  aclId: z.string().max(2_048).default("00000000-0000-0000-0000-000000000000"),
});

export type FlowLogTarget = z.infer<typeof flowLogTarget>;
