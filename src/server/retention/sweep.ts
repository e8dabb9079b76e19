import { describeError } from "../../common/errors.ts";
import { storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import { beginRemoval, finishRemoval, type RemovalOptions } from "./removals.ts";
import type { Looked } from "./usage.ts";

/** Deletions of one round; the rest follows in the next. */
const removalCountMax = 1_000;

/** Ends what a crash, or a full disk, left half done; then what is planned; then forgets what left nothing. */
export async function sweep(
  { inventory, planned }: Looked,
  removing: RemovalOptions,
  signal: AbortSignal,
): Promise<number> {
  const byKey = new Map(inventory.items.map((item) => [item.key, item]));
  let removed = 0;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    await work().then(
      () => removed++,
      (error: unknown) =>
        removing.log.error({ reason: describeError(error) }, "a capture is not deleted"),
    );
  };
  for (const { capture, sizeBytes, held } of inventory.items) {
    if (signal.aborted) return removed;
    const isLeft = capture.removal && (capture.removal.finishedAt === null || sizeBytes > 0);
    if (isLeft && !held) await attempt(() => finishRemoval(removing, capture));
  }
  for (const plan of planned.slice(0, removalCountMax)) {
    if (signal.aborted) return removed;
    const item = byKey.get(plan.key);
    const begun = item && (await beginRemoval(removing, item, plan));
    if (begun) await attempt(() => finishRemoval(removing, begun));
  }
  for (const { capture, sizeBytes, hasSession, held } of inventory.items) {
    if (hasSession || held || sizeBytes > 0) continue;
    if (capture.removal !== null && capture.removal.finishedAt === null) continue;
    if (await forget(removing.state, capture.key)) removing.guard.forget(capture);
  }
  return removed;
}

/** Unless it was held since it was counted. */
const forget = (state: State, key: string): Promise<boolean> =>
  state.transact(async (inside) => {
    const capture = await storedCaptures(inside).get(key);
    return capture?.hold === null && storedCaptures(inside).delete(key);
  });
