import type { BlobAddress } from "./blob-store.ts";

/** Who else than the store has a say in what becomes of its blobs. Asked at each change. */
export interface StoreGuard {
  /** Why a blob may be neither changed nor deleted, as a sentence; null: it may. */
  holdOf(address: BlobAddress): string | null;
  /** Rejects with `InsufficientStorage` when there is no place for so many bytes more. */
  admit(address: BlobAddress, sizeBytes: number): Promise<void>;
}

export const openGuard: StoreGuard = { holdOf: () => null, admit: async () => {} };
