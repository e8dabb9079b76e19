import type { KeyRing } from "../../storage/vault/key-ring.ts";
import type { SealedPart } from "../encryption/encryption.ts";
import type { JournalConsumer } from "./journal/consumer.ts";
import type { Journal } from "./journal/journal.ts";

/**
 * The journal is not written again: what is in plain text, or under an earlier key, goes as its readers
 * have dealt with it. A new segment is begun, so that the last one can go, too.
 */
export function sealedJournal(
  journal: Pick<Journal, "keyIds" | "beginSegment">,
  options: {
    keys: KeyRing | null;
    readers: readonly Pick<JournalConsumer, "passEnd">[];
    tidy: () => Promise<void>;
  },
): SealedPart {
  const { keys, readers, tidy } = options;
  const letGo = async (isOld: (keyId: string | null) => boolean): Promise<boolean> => {
    if (!keys || !journal.keyIds.some(isOld)) return true;
    if (isOld(journal.keyIds.at(-1) ?? null)) await journal.beginSegment();
    for (const reader of readers) await reader.passEnd();
    await tidy();
    return !journal.keyIds.some(isOld);
  };
  return {
    name: "flow journal",
    seal: () => letGo((keyId) => keyId === null),
    rewrap: () => letGo((keyId) => keyId !== null && keyId !== keys?.current.id),
  };
}
