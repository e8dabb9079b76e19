import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import {
  registeredAccountCountMax,
  type RegisteredAccount,
  type StorageParts,
} from "../provider/storage/account-secrets.ts";
import type { State } from "../state/state.ts";
import { KeyedLock } from "../storage/directory/keyed-lock.ts";
import { storageKeySizeBytes } from "./installation.ts";

type Keys = readonly [string, string];

const credential = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("keys"), keys: z.array(z.string()).max(2) }),
  z.strictObject({ kind: z.literal("sharedAccessSignature"), token: z.string() }),
]);

/** Mode 0600, as all that opens something. */
const secretsFile = z.strictObject({
  version: z.literal(1),
  /** The embedded store's keys once one was regenerated; before that they are the installation's. */
  embeddedKeys: z.tuple([z.string(), z.string()]).nullable(),
  registered: z
    .array(
      z.strictObject({ id: z.string(), name: z.string(), blobEndpoint: z.string(), credential }),
    )
    .max(registeredAccountCountMax),
});

type SecretsFile = z.infer<typeof secretsFile>;

/** Keys and signatures of storage accounts, in a file of their own and never in the state. */
export interface AccountSecrets {
  embeddedKeys(): Keys;
  regenerateKey(index: 0 | 1): Promise<void>;
  readonly registered: StorageParts["registered"];
}

export async function openAccountSecrets(
  directory: string,
  firstKeys: Keys,
): Promise<AccountSecrets> {
  const path = join(directory, "storage-accounts.json");
  let current = await readSecrets(path);
  const lock = new KeyedLock();
  /** One write after another; what is in memory is what is on disk. */
  const change = (work: (before: SecretsFile) => SecretsFile): Promise<void> =>
    lock.run(path, async () => {
      const next = secretsFile.parse(work(current));
      await writeFileAtomic(path, JSON.stringify(next, null, 1));
      current = next;
    });
  const embeddedKeys = (): Keys => current.embeddedKeys ?? firstKeys;
  const without = ({ registered }: SecretsFile, id: string) =>
    registered.filter((account) => !sameId(account.id, id));
  return {
    embeddedKeys,
    regenerateKey: (index) =>
      change((before) => {
        const made = randomBytes(storageKeySizeBytes).toString("base64");
        const [first, second] = before.embeddedKeys ?? firstKeys;
        return { ...before, embeddedKeys: index === 0 ? [made, second] : [first, made] };
      }),
    registered: {
      find: (id) => current.registered.find((account) => sameId(account.id, id)) ?? null,
      list: () => current.registered,
      put: (account) =>
        change((before) => ({
          ...before,
          registered: [...without(before, account.id), copyOf(account)],
        })),
      delete: (id) => change((before) => ({ ...before, registered: without(before, id) })),
    },
  };
}

/** Accounts go with their resource group, too, which knows nothing of secrets: they go at the next start. */
export async function forgetLostAccounts(
  state: Pick<State, "resources">,
  registered: AccountSecrets["registered"],
): Promise<void> {
  for (const { id } of registered.list()) {
    if (!(await state.resources.get(id))) await registered.delete(id);
  }
}

async function readSecrets(path: string): Promise<SecretsFile> {
  const text = await readTextIfExists(path);
  if (text === null) return { version: 1, embeddedKeys: null, registered: [] };
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${path} is damaged; put it back from a backup, or remove it and register storage accounts again`;
    throw new NightcapError("SettingsInvalid", message, { cause });
  }
}

const copyOf = ({ id, name, blobEndpoint, credential: opens }: RegisteredAccount) => ({
  id,
  name,
  blobEndpoint,
  credential: opens.kind === "keys" ? { ...opens, keys: [...opens.keys] } : opens,
});

const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
