import { z } from "zod";

const interfaceCountMax = 1_024;
const addressCountMax = 256;

/** One network interface of a host, as the kernel names it. */
export const hostInterface = z.object({
  name: z.string().min(1).max(15),
  index: z.int().min(1),
  macAddress: z.string().max(17),
  up: z.boolean(),
  addresses: z
    .array(z.object({ address: z.string().max(45), prefixLength: z.int().min(0).max(128) }))
    .max(addressCountMax),
});

/** A scale set's name, which agents are given on their command line. */
export const scaleSetName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_]?$/, {
  error: "expected 1 to 64 letters, digits, dots, underscores or hyphens",
});

/** A region's name, which agents may be given on their command line. */
export const regionName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, {
  error: "expected 1 to 60 small letters, digits or hyphens",
});

/** What an agent says of its host when it connects; the control plane shows it as a virtual machine. */
export const hostFacts = z.object({
  hostName: z.string().min(1).max(253),
  operatingSystem: z.string().max(200),
  kernelRelease: z.string().max(200),
  cpuCount: z.int().min(1),
  memoryBytes: z.int().min(0),
  /** The network namespace that is watched, by name; null is the agent's own. */
  networkNamespace: z.string().max(255).nullable(),
  interfaces: z.array(hostInterface).max(interfaceCountMax),
  /** The scale set that the agent was told to be in; absent or null: none. */
  scaleSet: scaleSetName.nullish(),
  /** The region that the agent was told to be in; absent or null: the control plane's own. */
  location: regionName.nullish(),
  /** First line of `dumpcap --version`, or null when there is none on the host. */
  dumpcapVersion: z.string().max(200).nullable(),
});

export type HostInterface = z.infer<typeof hostInterface>;
export type HostFacts = z.infer<typeof hostFacts>;
