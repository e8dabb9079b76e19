// The store in its two forms: suites that hold for both run with each.
import { randomBytes } from "node:crypto";
import { KeyRing } from "../../src/storage/vault/key-ring.ts";

export interface StoreKind {
  readonly kind: string;
  readonly keys: KeyRing | null;
  /** What names of files of content end with. */
  readonly sealed: string;
}

export const stores: readonly StoreKind[] = [
  { kind: "in plain text", keys: null, sealed: "" },
  { kind: "encrypted", keys: new KeyRing([randomBytes(32)]), sealed: ".sealed" },
];
