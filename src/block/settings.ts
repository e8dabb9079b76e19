import { z } from "zod";
import { blockOfHostCountMax } from "../common/block-spec.ts";
import { parseNetwork } from "../inspection/findings/network.ts";

const exemptCountMax = 256;

/** What the host's administrator lets Nightcap block there; nothing unless told. */
export const blockingSettings = z.strictObject({
  /** Whether blocks may be made on this host at all. */
  allowBlocking: z.boolean().default(false),
  /** Longest time of one block. */
  durationSecondsMax: z
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(86_400),
  /** Blocks at once. */
  blockCountMax: z.int().min(1).max(blockOfHostCountMax).default(256),
  /** Addresses and networks that stay reachable whatever is blocked, force or not. */
  exemptPrefixes: z
    .array(
      z.string().refine((text) => parseNetwork(text) !== null, "an address or a network expected"),
    )
    .max(exemptCountMax)
    .default([]),
  /** Shorter IPv4 prefixes are wide, and need force. */
  ipv4PrefixLengthMin: z.int().min(0).max(32).default(8),
  /** Shorter IPv6 prefixes are wide, and need force. */
  ipv6PrefixLengthMin: z.int().min(0).max(128).default(32),
});

export type BlockingSettings = z.infer<typeof blockingSettings>;
