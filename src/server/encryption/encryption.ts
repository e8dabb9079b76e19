import { describeError, NightcapError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { StoreEncryption } from "../../storage/store-encryption.ts";
import { addKey, dropOldKeys, type OpenKeys } from "./key-rotation.ts";

/** What could not be done now, for want of space or because something is in use, is tried again. */
const retryMilliseconds = 10_000;

/** Something that lies encrypted on the disk. */
export interface SealedPart extends Pick<StoreEncryption, "seal" | "rewrap"> {
  readonly name: string;
}

/** What is encrypted here, and what is being done about the rest. */
export interface EncryptionView {
  encrypted: boolean;
  keyId: string | null;
  /** Keys that something may need still, the newest first. */
  keyIds: string[];
  encryptedBlobs: number | null;
  plainBlobs: number | null;
  plainBytes: number | null;
  /** What is in plain text is being encrypted. */
  sealing: boolean;
  /** Nothing is in plain text, and nothing that is would be served. */
  sealedOnly: boolean;
  /** Earlier keys are being replaced. */
  rotating: boolean;
  /** Why the work does not go on; null while it does. */
  problem: string | null;
}

export interface Encryption extends Closable {
  view(): EncryptionView;
  /** Encrypts, in the background and over restarts, what is in plain text. */
  seal(): Promise<void>;
  /** Makes a new key the first, and wraps what earlier ones wrapped. */
  rotateKey(): Promise<void>;
}

/** `store` is null, as `keys` is, where nothing is encrypted. */
export function startEncryption(options: {
  keys: OpenKeys | null;
  store: StoreEncryption | null;
  /** Besides the store, which is the last: when it is done, all of it is. */
  parts: readonly SealedPart[];
  log: Log;
}): Encryption {
  const { keys, store, log } = options;
  if (!keys || !store) return withoutKeys;
  const parts = [...options.parts, { name: "store", ...store }];
  const work = new EncryptionWork(keys, parts);
  let problem: string | null = null;
  const loop = startLoop({
    intervalMilliseconds: retryMilliseconds,
    async work(signal) {
      if (store.status().sealing) await work.seal(signal);
      if (keys.ring.keys.length > 1) await work.rewrap(signal);
      problem = null;
    },
    onError(error) {
      const reason = describeError(error);
      if (problem !== reason) log.error({ reason }, "encrypting what is stored does not go on");
      problem = reason;
    },
  });
  const view = (): EncryptionView => ({
    encrypted: true,
    ...store.status(),
    keyIds: keys.ring.keys.map(({ id }) => id),
    rotating: keys.ring.keys.length > 1,
    problem,
  });
  return {
    view,
    async seal() {
      await store.requestSealing();
      loop.wake();
    },
    async rotateKey() {
      if (keys.ring.keys.length > 1) {
        throw new NightcapError("Conflict", "earlier keys are still being replaced");
      }
      await addKey(keys);
      log.info({ keyId: keys.ring.current.id }, "the store has a new key");
      loop.wake();
    },
    close: () => loop.close(),
  };
}

/** One pass at a time; what was done in this rotation is not looked at again. */
class EncryptionWork {
  readonly #keys: OpenKeys;
  readonly #parts: readonly SealedPart[];
  readonly #rewrapped = new Map<string, string>();

  constructor(keys: OpenKeys, parts: readonly SealedPart[]) {
    this.#keys = keys;
    this.#parts = parts;
  }

  async seal(signal: AbortSignal): Promise<void> {
    for (const part of this.#parts) {
      if (signal.aborted || !(await part.seal(signal))) return;
    }
  }

  /** The old keys go when nothing needs them. */
  async rewrap(signal: AbortSignal): Promise<void> {
    const { id } = this.#keys.ring.current;
    for (const part of this.#parts) {
      if (this.#rewrapped.get(part.name) === id) continue;
      if (signal.aborted) return;
      if (await part.rewrap(signal)) this.#rewrapped.set(part.name, id);
    }
    const isDone = this.#parts.every(({ name }) => this.#rewrapped.get(name) === id);
    if (isDone) await dropOldKeys(this.#keys);
  }
}

const off = (): never => {
  throw new NightcapError(
    "Conflict",
    "the store is not encrypted: make a key with nightcap storage create-key, and name it in the setting storage.encryption.keyFile",
  );
};

const withoutKeys: Encryption = {
  view: () => ({
    encrypted: false,
    keyId: null,
    keyIds: [],
    encryptedBlobs: null,
    plainBlobs: null,
    plainBytes: null,
    sealing: false,
    sealedOnly: false,
    rotating: false,
    problem: null,
  }),
  seal: async () => off(),
  rotateKey: async () => off(),
  close: async () => {},
};
