import { z } from "zod";
import { blockingSettings } from "../block/settings.ts";
import { flightRecorderSettings } from "../capture/flight/settings.ts";
import { captureSettings } from "../capture/settings.ts";
import { flowMeterSettings } from "../flowmeter/settings.ts";
import { ownerSettings } from "../owner/settings.ts";
import { followedFiles } from "../common/alert-file.ts";
import { regionName, scaleSetName } from "../common/host-facts.ts";

/** Settings of the agent; each field carries its unit and its bounds. */
export const agentSettings = z.strictObject({
  /** Where the agent keeps its certificate, its sessions and what waits to be sent. */
  directory: z.string().min(1),
  /** Name under /run/netns of the network namespace to watch; null: the agent's own. */
  networkNamespace: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,255}$/)
    .nullable()
    .default(null),
  /** Scale set that this host is in; null: none. */
  scaleSet: scaleSetName.nullable().default(null),
  /** Region that this host is in; null: the control plane's own. */
  location: regionName.nullable().default(null),
  /** Folders on the host in which captures may be left; Azure's own on Linux is /var/captures. */
  fileRoots: z.array(z.string().startsWith("/")).min(1).default(["/var/captures"]),
  /** What every capture of this host loses before it leaves it; a capture can only ask for more. */
  privacyFloor: captureSettings.shape.privacyFloor,
  /** The key of pseudonyms, 64 hexadecimal digits in a file. */
  privacyKeyFile: captureSettings.shape.privacyKeyFile,
  /** Sessions that may run at once on this host. */
  sessionCountMax: z.int().min(1).max(10_000).default(100),
  /** Metrics kept on disk while the control plane cannot be reached; the oldest go first. */
  spoolSizeBytesMax: z
    .int()
    .min(1 << 20)
    .max(1 << 30)
    .default(64 << 20),
  /** Flow records kept on disk while the control plane cannot be reached; the oldest go first. */
  flowSpoolSizeBytesMax: z
    .int()
    .min(1 << 20)
    .max(64 * 2 ** 30)
    .default(256 << 20),
  /** How flows are metered when a flow log asks for it. */
  flowMeter: flowMeterSettings.default(() => flowMeterSettings.parse({})),
  /** How it is kept which process owns which socket. */
  owners: ownerSettings.default(() => ownerSettings.parse({})),
  /** Files of alerts on this host that are sent to the control plane as they grow. */
  alertFiles: followedFiles,
  /** The last of the host's traffic, for captures that begin in the past. */
  flightRecorder: flightRecorderSettings.default(() => flightRecorderSettings.parse({})),
  /** What may be blocked on this host; nothing unless told. */
  blocking: blockingSettings.default(() => blockingSettings.parse({})),
});

export type AgentSettings = z.infer<typeof agentSettings>;
