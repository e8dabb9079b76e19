import { manifestHash, type SignedManifest } from "../../evidence/manifest.ts";
import type { State } from "../../state/state.ts";

/** A manifest as it is kept, and whether it lies beside its capture too. */
export interface KeptManifest {
  signed: SignedManifest;
  placed: boolean;
}

export interface ChainHead {
  sequence: number;
  sha256: string | null;
}

const headKey = "head";
const sequenceDigits = 12;

/** By session id. */
const manifests = (state: State) => state.documents<KeptManifest>("evidenceManifests");
/** Which session has which number. */
const numbers = (state: State) => state.documents<{ sessionId: string }>("evidenceSequence");
const heads = (state: State) => state.documents<ChainHead>("evidenceChain");

/** The manifests of an installation: each has the hash of the one before it. */
export interface ManifestChain {
  of(sessionId: string): Promise<KeptManifest | null>;
  /** Those sessions of `ids` that have a manifest, and have it beside their capture. */
  placed(ids: readonly string[]): Promise<Set<string>>;
  /** Adds the manifest that `make` gives for the chain's end; a session that has one keeps it. */
  add(sessionId: string, make: (head: ChainHead) => SignedManifest): Promise<KeptManifest>;
  markPlaced(sessionId: string): Promise<void>;
  /** In the order of the chain, from a number on. */
  list(after: number, limit: number): Promise<SignedManifest[]>;
}

export function createManifestChain(state: State): ManifestChain {
  const keyOf = (sequence: number): string => String(sequence).padStart(sequenceDigits, "0");
  return {
    of: async (sessionId) => (await manifests(state).get(sessionId))?.body ?? null,
    async placed(ids) {
      const found = await manifests(state).getMany(ids);
      return new Set(found.filter(({ body }) => body.placed).map(({ key }) => key));
    },
    add: (sessionId, make) =>
      state.transact(async (inside) => {
        const known = await manifests(inside).get(sessionId);
        if (known) return known.body;
        const head = (await heads(inside).get(headKey))?.body ?? { sequence: 0, sha256: null };
        const kept: KeptManifest = { signed: make(head), placed: false };
        const { manifest } = kept.signed;
        await manifests(inside).put(sessionId, kept);
        await numbers(inside).put(keyOf(manifest.sequence), { sessionId });
        const next = { sequence: manifest.sequence, sha256: manifestHash(manifest) };
        await heads(inside).put(headKey, next);
        return kept;
      }),
    async markPlaced(sessionId) {
      const found = await manifests(state).get(sessionId);
      if (found) await manifests(state).put(sessionId, { ...found.body, placed: true });
    },
    async list(after, limit) {
      const page = await numbers(state).list({ after: keyOf(after), limit });
      const found = await manifests(state).getMany(page.map(({ body }) => body.sessionId));
      return found
        .map(({ body }) => body.signed)
        .toSorted((a, b) => a.manifest.sequence - b.manifest.sequence);
    },
  };
}
