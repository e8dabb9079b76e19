import { BlobError } from "../blob-error.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../blob-store.ts";
import { withGuard } from "./blob-holds.ts";
import { SealBrokenError } from "../vault/key-ring.ts";
import { listNames } from "./blob-listing.ts";
import type { BlobEntry, ContainerEntry } from "./directory-index.ts";
import { hashContent, readBlob } from "./segment-reading.ts";
import { propertiesOf, toProperties } from "./sidecars.ts";
import { findBlob, findCommitted, findContainer, type StoreParts } from "./store-parts.ts";

/** What only looks. */
export function readOperations(
  parts: StoreParts,
): Pick<BlobStore, "blob" | "blockList" | "read" | "listBlobs" | "settled" | "sizes" | "verify"> {
  return {
    blob: async (address) =>
      withGuard(parts, address, toProperties(findCommitted(parts, address).sidecar)),
    async blockList(address) {
      const blob = findBlob(parts, address);
      if (!blob || isEmpty(blob)) throw new BlobError("BlobNotFound");
      if (blob.committed && blob.committed.appendCount !== null)
        throw new BlobError("InvalidBlobType");
      const segments = blob.committed?.segments ?? [];
      return {
        committed: segments.flatMap(({ id, sizeBytes }) =>
          id === null ? [] : [{ id, sizeBytes }],
        ),
        uncommitted: Array.from(blob.staged, ([idHex, { sizeBytes }]) => ({
          id: Buffer.from(idHex, "hex").toString("base64"),
          sizeBytes,
        })),
        properties: propertiesOf(blob),
      };
    },
    async read(address, choose) {
      const { sidecar, entry } = findCommitted(parts, address);
      const properties = withGuard(parts, address, toProperties(sidecar));
      const range = choose?.(properties) ?? { start: 0, end: sidecar.sizeBytes - 1 };
      const bytes = noted(parts, address, readBlob(parts.keys, entry, range));
      return { properties, range, stream: ReadableStream.from(bytes) };
    },
    async listBlobs(name, query) {
      const container = findContainer(parts, name);
      const sorted = query.uncommittedToo
        ? namesWhere(container, (blob) => !isEmpty(blob))
        : committedNames(container);
      const { names, prefixes, nextMarker } = listNames(sorted, query);
      const blobs = names.flatMap((each) => {
        const blob = container.blobs.get(each);
        if (!blob) return [];
        const properties = propertiesOf(blob) ?? uncommittedProperties(each, blob);
        return [withGuard(parts, { container: name, blob: each }, properties)];
      });
      return { blobs, prefixes, nextMarker };
    },
    async settled(name) {
      const container = parts.containers.get(name);
      if (container) await Promise.allSettled(container.changes);
    },
    sizes: async (name) =>
      Array.from(findContainer(parts, name).blobs, ([blob, { committed, staged, stagedAt }]) => ({
        blob,
        sizeBytes: committed?.sizeBytes ?? null,
        stagedBytes: [...staged.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        lastModified: committed?.lastModified ?? stagedAt,
        legalHold: committed?.legalHold ?? false,
      })),
    async verify(address) {
      const { directory, sidecar } = findCommitted(parts, address);
      const expectedSha256 = sidecar.sha256;
      try {
        const found = await hashContent(parts.keys, { directory, ...sidecar });
        const intact = found.sha256 === expectedSha256 && found.sizeBytes === sidecar.sizeBytes;
        return { ...found, expectedSha256, intact, problem: null };
      } catch (error) {
        if (!(error instanceof SealBrokenError)) throw error;
        const problem = error.message;
        return { sizeBytes: 0, sha256: null, expectedSha256, intact: false, problem };
      }
    },
  };
}

/** Whoever reads sees a broken connection only: why is in the log. */
async function* noted(
  { log }: StoreParts,
  address: BlobAddress,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof SealBrokenError) {
      log.error({ ...address, reason: error.message }, "an encrypted blob was changed on the disk");
    }
    throw error;
  }
}

function committedNames(container: ContainerEntry): string[] {
  container.sortedNames ??= namesWhere(container, ({ committed }) => committed !== null);
  return container.sortedNames;
}

const namesWhere = ({ blobs }: ContainerEntry, fits: (blob: BlobEntry) => boolean): string[] =>
  [...blobs].flatMap(([name, blob]) => (fits(blob) ? [name] : [])).sort();

/** A crash can leave the directory of a blob that has nothing yet. */
const isEmpty = ({ committed, staged }: BlobEntry): boolean => !committed && staged.size === 0;

/** Azure lists a blob that has only blocks with no size. */
const uncommittedProperties = (name: string, { stagedAt }: BlobEntry): BlobProperties => ({
  name,
  sizeBytes: 0,
  etag: "",
  createdAt: stagedAt,
  lastModified: stagedAt,
  metadata: {},
  sha256: "",
  contentType: "",
  contentEncoding: null,
  contentLanguage: null,
  contentDisposition: null,
  cacheControl: null,
  contentMd5: null,
  appendCount: null,
  copy: null,
  legalHold: false,
  isEncrypted: false,
});
