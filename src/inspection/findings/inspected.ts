import type { Inspection } from "../inspection.ts";
import type { StreamDigest } from "../summary/stream-digest.ts";

/** Lists that may have a million entries: findings are made from what is bounded. */
type LongList = "tcpStreams" | "destinations" | "conversations";

/** What findings are made from: an inspection without its long lists, and a digest of its streams. */
export type Inspected = Omit<Inspection, "findings" | LongList> & { streams: StreamDigest };
