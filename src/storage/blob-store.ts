import type { Clock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { StoreEncryption } from "./store-encryption.ts";
import type { StoreGuard } from "./store-guard.ts";
import type { KeyRing } from "./vault/key-ring.ts";

/** Azure's limits for block blobs ("Scalability and performance targets for Blob storage"). */
export const blockCountMax = 50_000;
export const azureBlockSizeBytesMax = 4_000 * (1 << 20);
export const blockIdSizeBytesMax = 64;
export const blobNameLengthMax = 1_024;
export const blobPathSegmentCountMax = 254;
export const listResultCountMax = 5_000;
export const metadataSizeBytesMax = 8 * 1_024;
/** How long Azure keeps blocks that nobody commits, counted from the blob's last Put Block. */
export const uncommittedBlockLifetimeMilliseconds = 7 * 24 * 3_600_000;
/** What `uploadData` of Azure's JavaScript client sends in one Put Blob; it is written as it comes. */
export const defaultBlockSizeBytesMax = 256 << 20;

/** The metadata key under which the uploader records a blob's SHA-256 (hex). */
export const sha256MetadataKey = "nightcap_sha256";

export interface BlobAddress {
  readonly container: string;
  readonly blob: string;
}

export type Metadata = Readonly<Record<string, string>>;

export interface ContainerProperties {
  readonly name: string;
  readonly etag: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly lastModified: number;
  readonly metadata: Metadata;
}

/** The properties that a client sets with `x-ms-blob-content-*`; null is "not set". */
export interface BlobContentHeaders {
  readonly contentType: string;
  readonly contentEncoding: string | null;
  readonly contentLanguage: string | null;
  readonly contentDisposition: string | null;
  readonly cacheControl: string | null;
  /** Base64; computed for Put Blob, as the client gave it for Put Block List. */
  readonly contentMd5: string | null;
}

export interface BlobProperties extends BlobContentHeaders {
  readonly name: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly createdAt: number;
  readonly lastModified: number;
  readonly metadata: Metadata;
  /** SHA-256 of the whole content, hex, computed when it was committed. */
  readonly sha256: string;
  /** Blocks that were appended; null for a block blob. */
  readonly appendCount: number | null;
  /** What the blob was copied from, without the source's signature. */
  readonly copy: {
    readonly id: string;
    readonly source: string;
    readonly completedAt: number;
  } | null;
  /** Held by Set Blob Legal Hold or by the store's guard: it can be neither changed nor deleted. */
  readonly legalHold: boolean;
  /** It lies encrypted on the disk, its record too. */
  readonly isEncrypted: boolean;
}

export interface Block {
  /** Base64, as the client named it. */
  readonly id: string;
  readonly sizeBytes: number;
}

export interface BlockList {
  readonly committed: readonly Block[];
  readonly uncommitted: readonly Block[];
  readonly properties: BlobProperties | null;
}

export interface BlockListEntry {
  readonly id: string;
  readonly from: "Committed" | "Uncommitted" | "Latest";
}

/** Bytes on their way in, with what they must turn out to be. */
export interface IncomingBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
  readonly md5?: Uint8Array;
  readonly crc64?: Uint8Array;
}

export interface BlobWrite {
  readonly headers: BlobContentHeaders;
  readonly metadata: Metadata;
  /** Called with the blob as it is (null: none) right before it changes, atomically; throws to refuse. */
  readonly condition?: (current: BlobProperties | null) => void;
}

export interface AppendWrite extends Pick<BlobWrite, "condition"> {
  /** Where the block must begin. */
  readonly position?: number;
  /** How long the blob may be afterwards. */
  readonly sizeBytesMax?: number;
}

export interface BlobCopy extends Pick<BlobWrite, "condition"> {
  readonly id: string;
  /** What the copy says that it was made from. */
  readonly source: string;
  /** In place of the source's. */
  readonly metadata?: Metadata;
  readonly sourceCondition?: (source: BlobProperties | null) => void;
}

/** Bytes `start` up to and including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface BlobContent {
  readonly properties: BlobProperties;
  readonly range: ByteRange;
  readonly stream: ReadableStream<Uint8Array>;
}

export interface ListQuery {
  readonly prefix?: string;
  readonly delimiter?: string;
  /** Where the page starts: the `nextMarker` of the page before. */
  readonly marker?: string;
  readonly limit?: number;
  /** Also blobs that have only blocks. */
  readonly uncommittedToo?: boolean;
}

export interface BlobPage {
  readonly blobs: readonly BlobProperties[];
  readonly prefixes: readonly string[];
  readonly nextMarker: string | null;
}

export interface BlobVerdict {
  readonly sizeBytes: number;
  /** Null when it cannot be read. */
  readonly sha256: string | null;
  readonly expectedSha256: string;
  readonly intact: boolean;
  /** Why it cannot be read: it is encrypted, and was changed on the disk. */
  readonly problem: string | null;
}

/** What a blob takes. */
export interface BlobSize {
  readonly blob: string;
  /** Of its content; null: there are only blocks. */
  readonly sizeBytes: number | null;
  /** Of its blocks that are not committed. */
  readonly stagedBytes: number;
  readonly lastModified: number;
  /** Its own, not the guard's. */
  readonly legalHold: boolean;
}

/**
 * Where captures lie, in Azure Blob's terms. Throws `BlobError`. What was acknowledged survives a crash
 * at any moment, and a blob is visible whole or not at all.
 */
export interface BlobStore extends Closable {
  readonly blockSizeBytesMax: number;
  /** What is written is encrypted on the disk; null: it is in plain text. */
  readonly encryption: StoreEncryption | null;
  createContainer(name: string, metadata?: Metadata): Promise<ContainerProperties>;
  container(name: string): Promise<ContainerProperties>;
  setContainerMetadata(
    name: string,
    metadata: Metadata,
    condition?: (current: ContainerProperties) => void,
  ): Promise<ContainerProperties>;
  deleteContainer(name: string, condition?: (current: ContainerProperties) => void): Promise<void>;
  listContainers(
    query: ListQuery,
  ): Promise<{ containers: readonly ContainerProperties[]; nextMarker: string | null }>;

  stageBlock(address: BlobAddress, blockId: string, body: IncomingBody): Promise<void>;
  commitBlocks(
    address: BlobAddress,
    entries: readonly BlockListEntry[],
    write: BlobWrite,
  ): Promise<BlobProperties>;
  blockList(address: BlobAddress): Promise<BlockList>;
  putBlob(address: BlobAddress, body: IncomingBody, write: BlobWrite): Promise<BlobProperties>;

  createAppendBlob(address: BlobAddress, write: BlobWrite): Promise<BlobProperties>;
  /** `offset` is where the block begins. */
  appendBlock(
    address: BlobAddress,
    body: IncomingBody,
    write: AppendWrite,
  ): Promise<{ properties: BlobProperties; offset: number }>;
  /** Headers and content are the source's. */
  copyBlob(source: BlobAddress, target: BlobAddress, copy: BlobCopy): Promise<BlobProperties>;

  /** Throws `BlobNotFound`. */
  blob(address: BlobAddress): Promise<BlobProperties>;
  /**
   * Reads the blob, or the part that `choose` picks by its properties. The stream fails when the blob is
   * replaced or deleted meanwhile; it never gives bytes of two versions.
   */
  read(
    address: BlobAddress,
    choose?: (properties: BlobProperties) => ByteRange | null,
  ): Promise<BlobContent>;
  /** Changes headers or metadata, or both; the content stays. */
  setProperties(address: BlobAddress, change: Partial<BlobWrite>): Promise<BlobProperties>;
  /** The etag stays. Throws `BlobImmutableDueToLegalHold` when the guard holds what is to be let go. */
  setLegalHold(address: BlobAddress, legalHold: boolean): Promise<BlobProperties>;
  deleteBlob(address: BlobAddress, condition?: BlobWrite["condition"]): Promise<void>;
  /** In the order of UTF-16 code units; prefixes and blobs count together towards `limit`. */
  listBlobs(container: string, query: ListQuery): Promise<BlobPage>;

  /** Resolves when the changes of the container that are under way now are made, or refused. */
  settled(container: string): Promise<void>;
  /** All of a container at once and in no order, blobs that have only blocks among them. */
  sizes(container: string): Promise<BlobSize[]>;
  /** Reads all of the blob again and says whether it still is what was committed. */
  verify(address: BlobAddress): Promise<BlobVerdict>;
  /** Removes blocks that nobody committed within a week; returns how many. Runs by itself each hour. */
  collectGarbage(): Promise<number>;
}

export interface DirectoryStoreSettings {
  readonly kind: "directory";
  readonly directory: string;
  /** What everything is encrypted with; a store that was opened with keys does not open without. */
  readonly keys?: KeyRing | null;
  /** Largest Put Block or Put Blob; Azure's own limit is 4000 MiB. */
  readonly blockSizeBytesMax?: number;
  /** Writes are refused (507) when they would leave less than this free on the file system. */
  readonly freeBytesMin?: number;
  /** What else forbids changes; nothing unless told. */
  readonly guard?: StoreGuard;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** Opens the store that `settings.kind` names. One process at a time may have a directory open. */
export async function openBlobStore(settings: DirectoryStoreSettings): Promise<BlobStore> {
  const sizeBytes = settings.blockSizeBytesMax ?? defaultBlockSizeBytesMax;
  if (!(sizeBytes >= 1 && sizeBytes <= azureBlockSizeBytesMax)) {
    const message = `blockSizeBytesMax is ${sizeBytes}, 1 to ${azureBlockSizeBytesMax} are allowed`;
    throw new NightcapError("SettingsInvalid", message);
  }
  const { openDirectoryStore } = await import("./directory/directory-store.ts");
  return openDirectoryStore(settings);
}
