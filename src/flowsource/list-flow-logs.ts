import type { RemoteContainer } from "../storage/transfer/remote-blob.ts";
import { isFlowLogName, type SourceBlob } from "./flow-source.ts";

/** The flow logs of a container; a prefix that is a blob's whole name is taken whatever it is called. */
export async function* listFlowLogs(
  container: RemoteContainer,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<SourceBlob> {
  for await (const blob of container.list(signal)) {
    if (blob.sizeBytes > 0 && (isFlowLogName(blob.name) || blob.name === prefix)) yield blob;
  }
}
