import { z } from "zod";

const count = z.int().min(0);

/** What a host's watch over sockets did and could not do, since the watch began; see `OwnerCounters`. */
export const ownerFigures = z.object({
  scans: count,
  scansDelayed: count,
  sockets: count,
  missedSockets: count,
  /** Sockets that are there now. */
  liveSockets: count,
  /** Sockets that were not followed because of the bound on memory. */
  overflow: count,
  /** Times the kernel dropped events, so that more may have been missed. */
  eventLosses: count,
  /** Of the watch's thread. */
  cpuMilliseconds: z.number().min(0),
});

export type OwnerFigures = z.infer<typeof ownerFigures>;
