import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, rmdir, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemClock, type Clock } from "../../common/clock.ts";
import { secretDirectoryMode, syncDirectory, writeFileAtomic } from "../../common/files.ts";
import { startLoop, type Closable } from "../../common/lifecycle.ts";
import { silentLog, type Log } from "../../common/log.ts";
import { asBlobError, BlobError } from "../blob-error.ts";
import { listNames } from "./blob-listing.ts";
import {
  blobNameLengthMax,
  blockCountMax,
  defaultBlockSizeBytesMax,
  sha256MetadataKey,
  uncommittedBlockLifetimeMilliseconds,
  type BlobAddress,
  type BlobContent,
  type BlobPage,
  type BlobProperties,
  type BlobStore,
  type BlobWrite,
  type BlockList,
  type BlockListEntry,
  type ByteRange,
  type ContainerProperties,
  type DirectoryStoreSettings,
  type IncomingBody,
  type ListQuery,
  type Metadata,
} from "../blob-store.ts";
import { blockIdHex, resolveBlockList } from "./block-list.ts";
import {
  checkFreeSpace,
  emptyDirectory,
  hashSegments,
  makeDirectory,
  readSegments,
  receiveFile,
  type ReceivedFile,
} from "./directory-files.ts";
import {
  loadContainers,
  newContainerEntry,
  nextGeneration,
  type BlobEntry,
  type ContainerEntry,
} from "./directory-index.ts";
import {
  blobDirectory,
  blockFileName,
  containerFileName,
  directoryLayout,
  isContainerName,
  sidecarFileName,
  type BlobSidecar,
  type ContainerSidecar,
  type DirectoryLayout,
} from "./directory-layout.ts";
import { KeyedLock } from "./keyed-lock.ts";

const defaultFreeBytesMin = 256 << 20;
const garbageIntervalMilliseconds = 3_600_000;

/** Opens (and makes, when missing) a store in a directory, finishing what a crash interrupted. */
export async function openDirectoryStore(settings: DirectoryStoreSettings): Promise<BlobStore> {
  const layout = directoryLayout(settings.directory);
  for (const path of Object.values(layout)) {
    await mkdir(path, { recursive: true, mode: secretDirectoryMode });
  }
  await emptyDirectory(layout.incoming);
  await emptyDirectory(layout.trash);
  await syncDirectory(settings.directory);
  const log = settings.log ?? silentLog;
  return new DirectoryStore(settings, layout, await loadContainers(layout, log));
}

/** The store of one directory. Every change of a blob is made under that blob's lock. */
class DirectoryStore implements BlobStore {
  readonly blockSizeBytesMax: number;
  readonly #layout: DirectoryLayout;
  readonly #containers: Map<string, ContainerEntry>;
  readonly #freeBytesMin: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #locks = new KeyedLock();
  readonly #garbageLoop: Closable;

  constructor(
    settings: DirectoryStoreSettings,
    layout: DirectoryLayout,
    containers: Map<string, ContainerEntry>,
  ) {
    this.blockSizeBytesMax = settings.blockSizeBytesMax ?? defaultBlockSizeBytesMax;
    this.#layout = layout;
    this.#containers = containers;
    this.#freeBytesMin = settings.freeBytesMin ?? defaultFreeBytesMin;
    this.#clock = settings.clock ?? systemClock;
    this.#log = settings.log ?? silentLog;
    this.#garbageLoop = startLoop({
      intervalMilliseconds: garbageIntervalMilliseconds,
      work: async () => {
        await this.collectGarbage();
      },
      onError: (error) => this.#log.error({ err: error }, "collecting garbage failed"),
    });
  }

  async close(): Promise<void> {
    await this.#garbageLoop.close();
    for (const { changes } of this.#containers.values()) await Promise.allSettled(changes);
  }

  // Containers

  async createContainer(name: string, metadata: Metadata = {}): Promise<ContainerProperties> {
    if (!isContainerName(name)) throw new BlobError("InvalidResourceName", `Container "${name}".`);
    return this.#locks.run(`/${name}`, async () => {
      if (this.#containers.has(name)) throw new BlobError("ContainerAlreadyExists");
      const sidecar = this.#newContainerSidecar(metadata);
      const made = join(this.#layout.incoming, randomBytes(12).toString("hex"));
      await makeDirectory(made);
      await writeSidecar(join(made, containerFileName), sidecar);
      const directory = join(this.#layout.containers, name);
      await rename(made, directory);
      await syncDirectory(this.#layout.containers);
      const entry = newContainerEntry(name, directory, sidecar);
      this.#containers.set(name, entry);
      return containerProperties(entry);
    });
  }

  async container(name: string): Promise<ContainerProperties> {
    return containerProperties(this.#container(name));
  }

  async setContainerMetadata(name: string, metadata: Metadata): Promise<ContainerProperties> {
    return this.#locks.run(`/${name}`, async () => {
      const entry = this.#container(name);
      const sidecar = this.#newContainerSidecar(metadata);
      await writeSidecar(join(entry.directory, containerFileName), sidecar);
      entry.sidecar = sidecar;
      return containerProperties(entry);
    });
  }

  async deleteContainer(name: string): Promise<void> {
    await this.#locks.run(`/${name}`, async () => {
      const entry = this.#container(name);
      entry.deleted = true; // refuses new changes; those under way are waited for
      await Promise.allSettled(entry.changes);
      await this.#discard(entry.directory);
      this.#containers.delete(name);
    });
  }

  async listContainers(
    query: ListQuery,
  ): Promise<{ containers: ContainerProperties[]; nextMarker: string | null }> {
    const sorted = [...this.#containers.keys()].sort();
    const page = listNames(sorted, query);
    const containers = page.names.map((name) => containerProperties(this.#container(name)));
    return { containers, nextMarker: page.nextMarker };
  }

  // Writing blobs

  async stageBlock(address: BlobAddress, blockId: string, body: IncomingBody): Promise<void> {
    const idHex = blockIdHex(blockId);
    this.#checkStaging(this.#findBlob(address), idHex);
    const received = await this.#receive(address, body);
    await this.#place(received, async () => {
      await this.#change(address, async (blob) => {
        this.#checkStaging(blob, idHex);
        const file = blockFileName(nextGeneration(blob), idHex);
        await rename(received.path, join(blob.directory, file));
        await syncDirectory(blob.directory);
        blob.staged.set(idHex, { file, sizeBytes: received.sizeBytes });
        blob.stagedAt = this.#clock.now();
      });
    });
  }

  async commitBlocks(
    address: BlobAddress,
    entries: readonly BlockListEntry[],
    write: BlobWrite,
  ): Promise<BlobProperties> {
    if (entries.length > blockCountMax) throw new BlobError("BlockListTooLong");
    return this.#change(address, async (blob, container) => {
      write.condition?.(propertiesOf(blob));
      const segments = resolveBlockList(entries, blob.committed?.segments ?? [], blob.staged);
      const { sha256, sizeBytes } = await hashSegments(blob.directory, segments);
      const claimed = write.metadata[sha256MetadataKey];
      if (claimed !== undefined && claimed !== sha256) {
        const detail = `${sha256MetadataKey} is ${claimed}, the blocks' SHA-256 is ${sha256}.`;
        throw new BlobError("InvalidMetadata", detail);
      }
      const sidecar = {
        ...this.#newSidecar(address.blob, blob, write),
        segments,
        sizeBytes,
        sha256,
      };
      return this.#publish(container, blob, sidecar);
    });
  }

  async putBlob(
    address: BlobAddress,
    body: IncomingBody,
    write: BlobWrite,
  ): Promise<BlobProperties> {
    write.condition?.(propertiesOf(this.#findBlob(address)));
    const received = await this.#receive(address, body);
    return this.#place(received, () =>
      this.#change(address, async (blob, container) => {
        write.condition?.(propertiesOf(blob));
        const file = blockFileName(nextGeneration(blob), "whole");
        await rename(received.path, join(blob.directory, file));
        await syncDirectory(blob.directory);
        const { sizeBytes, sha256, md5 } = received;
        return this.#publish(container, blob, {
          ...this.#newSidecar(address.blob, blob, write),
          contentMd5: write.headers.contentMd5 ?? md5.toString("base64"),
          segments: [{ file, id: null, sizeBytes }],
          sizeBytes,
          sha256,
        });
      }),
    );
  }

  async setProperties(address: BlobAddress, change: Partial<BlobWrite>): Promise<BlobProperties> {
    this.#committed(address);
    return this.#change(address, async (blob, container) => {
      if (!blob.committed) throw new BlobError("BlobNotFound");
      change.condition?.(propertiesOf(blob));
      const sidecar: BlobSidecar = {
        ...blob.committed,
        ...change.headers,
        metadata: { ...(change.metadata ?? blob.committed.metadata) },
        etag: newEtag(),
        lastModified: this.#clock.now(),
      };
      await writeSidecar(join(blob.directory, sidecarFileName), sidecar);
      blob.committed = sidecar;
      this.#containerChanged(container);
      return toProperties(sidecar);
    });
  }

  async deleteBlob(address: BlobAddress, condition?: BlobWrite["condition"]): Promise<void> {
    this.#committed(address);
    await this.#change(address, async (blob, container) => {
      if (!blob.committed) throw new BlobError("BlobNotFound");
      condition?.(propertiesOf(blob));
      await this.#discard(blob.directory);
      container.blobs.delete(address.blob);
      container.sortedNames = null;
    });
  }

  // Reading blobs

  async blob(address: BlobAddress): Promise<BlobProperties> {
    return toProperties(this.#committed(address).sidecar);
  }

  async blockList(address: BlobAddress): Promise<BlockList> {
    const blob = this.#findBlob(address);
    if (!blob) throw new BlobError("BlobNotFound");
    const segments = blob.committed?.segments ?? [];
    return {
      committed: segments.flatMap(({ id, sizeBytes }) => (id === null ? [] : [{ id, sizeBytes }])),
      uncommitted: Array.from(blob.staged, ([idHex, { sizeBytes }]) => ({
        id: Buffer.from(idHex, "hex").toString("base64"),
        sizeBytes,
      })),
      properties: propertiesOf(blob),
    };
  }

  async read(
    address: BlobAddress,
    choose?: (properties: BlobProperties) => ByteRange | null,
  ): Promise<BlobContent> {
    const { directory, sidecar } = this.#committed(address);
    const properties = toProperties(sidecar);
    const range = choose?.(properties) ?? { start: 0, end: sidecar.sizeBytes - 1 };
    const bytes = readSegments(directory, sidecar.segments, range.start, range.end);
    return { properties, range, stream: ReadableStream.from(bytes) };
  }

  async listBlobs(container: string, query: ListQuery): Promise<BlobPage> {
    const entry = this.#container(container);
    entry.sortedNames ??= [...entry.blobs].flatMap(([name, { committed }]) =>
      committed ? [name] : [],
    );
    entry.sortedNames.sort();
    const { names, prefixes, nextMarker } = listNames(entry.sortedNames, query);
    const blobs = names.map((blob) => toProperties(this.#committed({ container, blob }).sidecar));
    return { blobs, prefixes, nextMarker };
  }

  async verify(
    address: BlobAddress,
  ): Promise<{ sizeBytes: number; sha256: string; expectedSha256: string; intact: boolean }> {
    const { directory, sidecar } = this.#committed(address);
    const { sha256, sizeBytes } = await hashSegments(directory, sidecar.segments);
    const intact = sha256 === sidecar.sha256 && sizeBytes === sidecar.sizeBytes;
    return { sizeBytes, sha256, expectedSha256: sidecar.sha256, intact };
  }

  async collectGarbage(): Promise<number> {
    const staleBefore = this.#clock.now() - uncommittedBlockLifetimeMilliseconds;
    let count = 0;
    for (const container of this.#containers.values()) {
      for (const blob of [...container.blobs.values(), ...container.unnamed.values()]) {
        if (blob.staged.size === 0 || blob.stagedAt >= staleBefore) continue;
        count += await this.#dropStaged(container, blob, staleBefore);
      }
    }
    if (count > 0) this.#log.info({ count }, "uncommitted blocks dropped after a week");
    return count;
  }

  // Parts of the above

  async #dropStaged(
    container: ContainerEntry,
    blob: BlobEntry,
    staleBefore: number,
  ): Promise<number> {
    return this.#locks.run(blob.directory, async () => {
      if (container.deleted || blob.stagedAt >= staleBefore) return 0;
      const files = Array.from(blob.staged.values(), ({ file }) => file);
      blob.staged = new Map();
      await removeFiles(blob.directory, files);
      return files.length;
    });
  }

  #container(name: string): ContainerEntry {
    const entry = this.#containers.get(name);
    if (!entry || entry.deleted) throw new BlobError("ContainerNotFound");
    return entry;
  }

  /** The blob's entry when there is one, named or known only by its directory since a restart. */
  #findBlob({ container, blob }: BlobAddress): BlobEntry | null {
    const entry = this.#container(container);
    return entry.blobs.get(blob) ?? entry.unnamed.get(blobDirectory(blob).name) ?? null;
  }

  #committed(address: BlobAddress): { directory: string; sidecar: BlobSidecar } {
    const blob = this.#findBlob(address);
    if (!blob?.committed) throw new BlobError("BlobNotFound");
    return { directory: blob.directory, sidecar: blob.committed };
  }

  #checkStaging(blob: BlobEntry | null, idHex: string): void {
    if (!blob || blob.staged.has(idHex)) return;
    const other = blob.staged.keys().next().value;
    if (other !== undefined && other.length !== idHex.length) {
      throw new BlobError("InvalidBlobOrBlock", "All block ids of a blob have the same length.");
    }
    if (blob.staged.size >= blockCountMax) throw new BlobError("BlockCountExceedsLimit");
  }

  async #receive(address: BlobAddress, body: IncomingBody): Promise<ReceivedFile> {
    this.#container(address.container);
    if (address.blob.length === 0 || address.blob.length > blobNameLengthMax) {
      throw new BlobError("InvalidResourceName", `1 to ${blobNameLengthMax} characters.`);
    }
    if (body.sizeBytes > this.blockSizeBytesMax) {
      throw new BlobError("RequestBodyTooLarge", `MaxLimit: ${this.blockSizeBytesMax} bytes.`);
    }
    await checkFreeSpace(this.#layout.incoming, body.sizeBytes, this.#freeBytesMin);
    return receiveFile(this.#layout.incoming, body);
  }

  /** Runs `work`, which moves the received file to its place; removes it when it was not moved. */
  async #place<Result>(received: ReceivedFile, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await unlink(received.path).catch(() => {});
      throw asBlobError(error);
    }
  }

  /** Runs `work` on the blob's entry under its lock, the blob's directory made when it is missing. */
  async #change<Result>(
    address: BlobAddress,
    work: (blob: BlobEntry, container: ContainerEntry) => Promise<Result>,
  ): Promise<Result> {
    const container = this.#container(address.container);
    const { shard, name } = blobDirectory(address.blob);
    const directory = join(container.directory, shard, name);
    const changing = this.#locks.run(directory, async () => {
      this.#container(address.container);
      const blob = container.blobs.get(address.blob) ??
        container.unnamed.get(name) ?? {
          directory,
          committed: null,
          staged: new Map(),
          stagedAt: 0,
        };
      await makeDirectory(join(container.directory, shard));
      await makeDirectory(directory);
      container.unnamed.delete(name);
      container.blobs.set(address.blob, blob);
      try {
        return await work(blob, container);
      } finally {
        if (!blob.committed && blob.staged.size === 0) await forgetBlob(container, address.blob);
      }
    });
    container.changes.add(changing);
    try {
      return await changing;
    } catch (error) {
      throw asBlobError(error);
    } finally {
      container.changes.delete(changing);
    }
  }

  /** Makes `sidecar` the blob's truth; then, and only then, removes files that it does not list. */
  async #publish(
    container: ContainerEntry,
    blob: BlobEntry,
    sidecar: BlobSidecar,
  ): Promise<BlobProperties> {
    const before = [...(blob.committed?.segments ?? []), ...blob.staged.values()].map(
      ({ file }) => file,
    );
    await writeSidecar(join(blob.directory, sidecarFileName), sidecar);
    blob.committed = sidecar;
    blob.staged = new Map();
    blob.stagedAt = 0;
    this.#containerChanged(container);
    const listed = new Set(sidecar.segments.map(({ file }) => file));
    await removeFiles(blob.directory, new Set(before.filter((file) => !listed.has(file))));
    return toProperties(sidecar);
  }

  #containerChanged(container: ContainerEntry): void {
    container.sortedNames = null;
  }

  #newSidecar(
    name: string,
    blob: BlobEntry,
    { headers, metadata }: BlobWrite,
  ): Omit<BlobSidecar, "segments" | "sizeBytes" | "sha256"> {
    const now = this.#clock.now();
    return {
      version: 1,
      name,
      generation: nextGeneration(blob),
      etag: newEtag(),
      createdAt: blob.committed?.createdAt ?? now,
      lastModified: now,
      ...headers,
      metadata: { ...metadata },
    };
  }

  #newContainerSidecar(metadata: Metadata): ContainerSidecar {
    const lastModified = this.#clock.now();
    return { version: 1, etag: newEtag(), lastModified, metadata: { ...metadata } };
  }

  /** Makes a directory vanish at once, then frees its space. */
  async #discard(directory: string): Promise<void> {
    const name = `${basename(directory)}-${randomBytes(6).toString("hex")}`;
    const trashed = join(this.#layout.trash, name);
    await rename(directory, trashed);
    await syncDirectory(join(directory, ".."));
    await rm(trashed, { recursive: true });
  }
}

async function writeSidecar(path: string, sidecar: BlobSidecar | ContainerSidecar): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(sidecar)).catch((error: unknown) => {
    throw asBlobError(error);
  });
}

/** Drops the entry and the empty directory of a blob that has neither content nor blocks. */
async function forgetBlob(container: ContainerEntry, name: string): Promise<void> {
  const blob = container.blobs.get(name);
  container.blobs.delete(name);
  if (blob) await rmdir(blob.directory).catch(() => {});
}

/** Removes left-overs; one that cannot be removed now is found at the next start. */
async function removeFiles(directory: string, files: Iterable<string>): Promise<void> {
  for (const file of files) await unlink(join(directory, file)).catch(() => {});
}

const newEtag = (): string => `"0x${randomBytes(8).toString("hex").toUpperCase()}"`;

const propertiesOf = (blob: BlobEntry | null): BlobProperties | null =>
  blob?.committed ? toProperties(blob.committed) : null;

function toProperties(sidecar: BlobSidecar): BlobProperties {
  const {
    version: _version,
    generation: _generation,
    segments: _segments,
    ...properties
  } = sidecar;
  return properties;
}

function containerProperties({ name, sidecar }: ContainerEntry): ContainerProperties {
  const { version: _version, ...properties } = sidecar;
  return { name, ...properties };
}
