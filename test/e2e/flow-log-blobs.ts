// The blobs of an installation's own store, as a flow log's reader finds them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCredentials } from "../../src/cli/credentials.ts";
import { createFlowBatch, type FlowBatch, flowStates } from "../../src/flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../src/flowlog/flow-log-reader.ts";
import { openAzureContainer } from "../../src/storage/transfer/azure-container.ts";
import type { Installation } from "./installation.ts";

export const flowLogContainer = "insights-logs-flowlogflowevent";

/** The container, by the account's key. */
export async function openFlowLogBlobs(installation: Installation, accountId: string) {
  const keys = (await installation.client.request("POST", `${accountId}/listKeys`)) as {
    keys: { value: string }[];
  };
  const credentials = await readCredentials(join(installation.directory, "server"));
  return openAzureContainer({
    url: `${new URL("/", credentials.endpoint).href}nightcapstore/${flowLogContainer}`,
    prefix: "",
    sharedKey: { account: "nightcapstore", key: keys.keys[0]?.value ?? "" },
    certificateAuthorityPem: await readFile(credentials.certificateAuthorityFile, "utf8"),
  });
}

/** Tuples by port and state, as `tuplesInTable` asks the table. */
export async function countTuplesInBlobs(
  store: Awaited<ReturnType<typeof openFlowLogBlobs>>,
): Promise<Record<string, number>> {
  const { signal } = new AbortController();
  const counts = new Map<string, number>();
  for await (const blob of store.list(signal)) {
    const range = { start: 0, end: blob.sizeBytes };
    countTuples(Buffer.concat(await Array.fromAsync(store.read(blob, range, signal))), counts);
  }
  return Object.fromEntries(counts);
}

/** Adds what a blob has, which must be whole. */
export function countTuples(bytes: Uint8Array, into: Map<string, number>): void {
  const take = (batch: FlowBatch): FlowBatch => {
    for (let row = 0; row < batch.length; row++) {
      const what = `${batch.destinationPort[row]} ${flowStates[batch.state[row] ?? 0]}`;
      into.set(what, (into.get(what) ?? 0) + 1);
    }
    batch.length = 0;
    return batch;
  };
  const reader = createFlowLogReader(createFlowBatch(1_000), take);
  reader.write(bytes);
  const { failure, malformed, isComplete } = reader.end();
  if (failure !== null || malformed > 0 || !isComplete) {
    throw new Error(`the blob is not whole: ${JSON.stringify({ failure, malformed, isComplete })}`);
  }
}
