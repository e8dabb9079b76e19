import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import {
  flowLogContainers,
  flowLogPathName,
  parseFlowLogBlobPath,
} from "../../flowlog/blob-path.ts";
import type { State } from "../../state/state.ts";
import type { EmbeddedStorage, StorageAccount } from "../storage.ts";
import { allFlowLogFacts, type FlowLogFacts } from "./flow-log-facts.ts";

const hourMilliseconds = 3_600_000;
const dayMilliseconds = 86_400_000;

export interface RetentionOptions {
  state: State;
  subscription: string;
  storage: Pick<EmbeddedStorage, "accountAt">;
  /** Of the embedded store. */
  certificateAuthorityPem: string;
  intervalSeconds: number;
  clock: Clock;
  log: Log;
}

/** Deletes blobs that are older than their flow log keeps them; those of flow logs that are no more stay. */
export function startRetention(options: RetentionOptions): Closable {
  const { clock, log } = options;
  return startLoop({
    intervalMilliseconds: options.intervalSeconds * 1_000,
    async work(signal) {
      for (const facts of await allFlowLogFacts(options.state, options.subscription)) {
        if (signal.aborted) return;
        const deleted = await deleteOld(options, facts, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          log.warn(
            { flowLog: facts.id, reason: describeError(error) },
            "old blobs are not deleted",
          );
          return 0;
        });
        if (deleted > 0) log.info({ flowLog: facts.id, deleted }, "old blobs were deleted");
      }
    },
    onError: (error) => log.warn({ reason: describeError(error) }, "old blobs are not looked for"),
  });

  async function deleteOld(
    { storage, certificateAuthorityPem }: RetentionOptions,
    { id, blobEndpoint, retentionDays }: FlowLogFacts,
    signal: AbortSignal,
  ): Promise<number> {
    const name = flowLogPathName(id);
    const account = blobEndpoint === null ? null : storage.accountAt(blobEndpoint);
    if (retentionDays === 0 || name === null || !account) return 0;
    const before = clock.now() - retentionDays * dayMilliseconds;
    const { deleteBlobs } = await import("../../storage/transfer/delete-blobs.ts");
    return deleteBlobs({
      ...containerOf(account),
      ...(account.isEmbedded ? { certificateAuthorityPem } : {}),
      prefix: `flowLogResourceID=${name}/`,
      isDue(path) {
        const blob = parseFlowLogBlobPath(path);
        return blob?.log === name && blob.hourMilliseconds + hourMilliseconds <= before;
      },
      signal,
    });
  }
}

function containerOf({ name, blobEndpoint, credential }: StorageAccount) {
  const url = `${blobEndpoint}${flowLogContainers.vnet}`;
  return credential.kind === "sharedAccessSignature"
    ? { url: `${url}?${credential.token}` }
    : { url, sharedKey: { account: name, key: credential.keys[0] ?? "" } };
}
