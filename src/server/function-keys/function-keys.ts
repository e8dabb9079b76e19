import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import { newFunctionKey } from "../../responder/function-keys.ts";
import { KeyedLock } from "../../storage/directory/keyed-lock.ts";

/** Mode 0600; it is there once a key was replaced. */
const keysFile = z.strictObject({
  version: z.literal(1),
  key: z.string(),
  madeAt: z.int(),
  /** The key before it, while it is still let in. */
  earlier: z.strictObject({ key: z.string(), until: z.int() }).nullable(),
});

type KeysFile = z.infer<typeof keysFile>;

/** The responder's function key, with which alerts come in, and its replacement. */
export interface FunctionKeys {
  current(): string;
  /** The one before; null: it is not let in any more. */
  earlier(): { key: string; until: number } | null;
  /** Null: it is the first one. */
  madeAt(): number | null;
  /** All that open the door now. */
  accepted(): readonly string[];
  /** Makes the next key; the one until now is let in for so much longer. */
  rotate(earlierMilliseconds: number): Promise<string>;
}

export async function openFunctionKeys(
  directory: string,
  firstKey: string,
  clock: Clock,
): Promise<FunctionKeys> {
  const path = join(directory, "function-keys.json");
  let kept = await readKeys(path);
  const lock = new KeyedLock();
  const current = (): string => kept?.key ?? firstKey;
  const earlier = (): KeysFile["earlier"] =>
    kept?.earlier && kept.earlier.until > clock.now() ? kept.earlier : null;
  return {
    current,
    earlier,
    madeAt: () => kept?.madeAt ?? null,
    accepted: () => [current(), ...(earlier() ? [earlier()?.key ?? ""] : [])],
    rotate: (earlierMilliseconds) =>
      lock.run(path, async () => {
        const now = clock.now();
        const next: KeysFile = {
          version: 1,
          key: newFunctionKey(),
          madeAt: now,
          earlier:
            earlierMilliseconds > 0 ? { key: current(), until: now + earlierMilliseconds } : null,
        };
        await writeFileAtomic(path, JSON.stringify(next, null, 1));
        kept = next;
        return next.key;
      }),
  };
}

async function readKeys(path: string): Promise<KeysFile | null> {
  const text = await readTextIfExists(path);
  if (text === null) return null;
  try {
    return keysFile.parse(JSON.parse(text));
  } catch {
    // Not its cause: that could show what is in it.
    const message = `${path} is damaged; put it back from a backup, or remove it to go back to the first key`;
    throw new NightcapError("SettingsInvalid", message);
  }
}
