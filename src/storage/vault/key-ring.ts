import { hkdfSync } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";

export const storageKeySizeBytes = 32;
export const keyIdSizeBytes = 8;

/** One key of the key file, as the two keys that are made from it; the file's own bytes are not kept. */
export interface StorageKey {
  /** Sixteen hexadecimal digits that follow from the key and do not give it away. */
  readonly id: string;
  /** Wraps the data keys of files. */
  readonly wrapping: Buffer;
  /** What each sealed message's own key is derived from. */
  readonly messages: Buffer;
}

export function deriveStorageKey(bytes: Uint8Array): StorageKey {
  const derive = (purpose: string, sizeBytes: number): Buffer =>
    Buffer.from(hkdfSync("sha256", bytes, "", `nightcap storage ${purpose}`, sizeBytes));
  return {
    id: derive("key id", keyIdSizeBytes).toString("hex"),
    wrapping: derive("wrapping", storageKeySizeBytes),
    messages: derive("messages", storageKeySizeBytes),
  };
}

/** A sealed thing needs a key that is not in the key file. It is not damaged: the key is missing. */
export class UnknownKeyError extends NightcapError {
  constructor(keyId: string, ring: KeyRing) {
    const known = ring.keys.map(({ id }) => id).join(", ");
    super("StorageKeyInvalid", `key ${keyId} is wanted, the key file has ${known}`);
    this.name = "UnknownKeyError";
  }
}

/** Something sealed was changed, moved or cut, or was never sealed by this installation. */
export class SealBrokenError extends NightcapError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("StorageSealBroken", message, options);
    this.name = "SealBrokenError";
  }
}

/** The keys of an installation: the first one seals, all of them open. */
export class KeyRing {
  #keys: readonly StorageKey[];

  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys.map(deriveStorageKey);
  }

  get keys(): readonly StorageKey[] {
    return this.#keys;
  }

  get current(): StorageKey {
    const [first] = this.#keys;
    if (!first) throw new NightcapError("StorageKeyInvalid", "there is no key");
    return first;
  }

  /** Throws `UnknownKeyError`. */
  find(id: string): StorageKey {
    const found = this.#keys.find((key) => key.id === id);
    if (!found) throw new UnknownKeyError(id, this);
    return found;
  }

  has(id: string): boolean {
    return this.#keys.some((key) => key.id === id);
  }

  /** What holds this ring sees the new keys from here on. */
  replace(keys: readonly Uint8Array[]): void {
    this.#keys = keys.map(deriveStorageKey);
  }
}
