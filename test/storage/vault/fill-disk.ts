// What becomes of a store on a file system that has no room for it.
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { BlobError } from "../../../src/storage/blob-error.ts";
import { openBlobStore } from "../../../src/storage/blob-store.ts";
import type { KeyRing } from "../../../src/storage/vault/key-ring.ts";
import { body, write } from "./store-parts.ts";

export interface FilledDisk {
  /** What encrypting a blob said for which there is no room twice. */
  readonly sealing: string;
  readonly stillReads: boolean;
  readonly put: string;
  readonly append: string;
  /** Whether an append blob has what was acknowledged, and nothing else. */
  readonly appendedIntact: boolean;
  readonly afterwards: string;
}

export async function fillDisk(directory: string, keys: KeyRing): Promise<FilledDisk> {
  const settings = { kind: "directory", directory, freeBytesMin: 0 } as const;
  const large = { container: "small", blob: "large" };
  const log = { container: "small", blob: "log" };
  const content = randomBytes(3_000_000);
  const plain = await openBlobStore(settings);
  await plain.createContainer("small");
  await plain.putBlob(large, body(content), write);
  await plain.close();

  let store = await openBlobStore({ ...settings, keys });
  const read = async (address: typeof large): Promise<Buffer> =>
    buffer((await store.read(address)).stream);
  const sealing = await codeOf(store.encryption?.seal(new AbortController().signal));
  const stillReads = (await read(large)).equals(content);
  const put = await codeOf(store.putBlob({ ...large, blob: "other" }, body(content), write));
  await store.createAppendBlob(log, write);
  const taken: Buffer[] = [];
  let append = "taken";
  while (append === "taken") {
    const block = randomBytes(100_000);
    append = await codeOf(store.appendBlock(log, body(block), {}));
    if (append === "taken") taken.push(block);
  }
  await store.close();
  store = await openBlobStore({ ...settings, keys });
  const appendedIntact = (await read(log)).equals(Buffer.concat(taken));
  await store.deleteBlob(large);
  const afterwards = await codeOf(store.appendBlock(log, body(content.subarray(0, 50_000)), {}));
  await store.close();
  return { sealing, stillReads, put, append, appendedIntact, afterwards };
}

const codeOf = async (work: Promise<unknown> | undefined): Promise<string> =>
  Promise.resolve(work).then(
    () => "taken",
    (error: unknown) => (error instanceof BlobError ? error.code : String(error)),
  );
