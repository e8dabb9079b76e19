import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { get, request } from "./request.ts";

/** A key that tokens are signed with. */
export interface TokenKey {
  kid: string;
  state: "current" | "next" | "retired";
  activatedTime: string | null;
  validUntilTime: string | null;
}

/** A key that manifests are signed with. */
export interface EvidenceKey {
  kid: string;
  validFrom: string;
  validUntil: string | null;
}

export interface Encryption {
  encrypted: boolean;
  keyId: string | null;
  encryptedBlobs: number | null;
  plainBlobs: number | null;
  plainBytes: number | null;
  sealing: boolean;
  rotating: boolean;
  problem: string | null;
}

export const tokenKeysKey = ["token-keys"] as const;
export const evidenceKeysKey = ["evidence-keys"] as const;
export const encryptionKey = ["encryption"] as const;
export const rotateTokenKeysAction = "Nightcap/tokenKeys/write";
export const rotateEvidenceAction = "Nightcap/evidence/write";
export const changeEncryptionAction = "Nightcap/encryption/write";

export const useTokenKeys = (): UseQueryResult<TokenKey[]> =>
  useList<TokenKey>(tokenKeysKey, "/nightcap/tokenKeys");
export const useEvidenceKeys = (): UseQueryResult<EvidenceKey[]> =>
  useQuery({
    queryKey: evidenceKeysKey,
    queryFn: async () => (await get<{ keys: EvidenceKey[] }>("/nightcap/v1/evidence/keys")).keys,
  });
export const useEncryption = (): UseQueryResult<Encryption> =>
  useQuery({
    queryKey: encryptionKey,
    queryFn: () => get<Encryption>("/nightcap/v1/encryption"),
  });

export const rotateTokenKeys = (revokeEarlier: boolean): Promise<unknown> =>
  request("POST", "/nightcap/tokenKeys/rotate", { revokeEarlier });
export const rotateEvidenceKey = (): Promise<unknown> =>
  request("POST", "/nightcap/v1/evidence/rotateKey");
export const rotateEncryptionKey = (): Promise<unknown> =>
  request("POST", "/nightcap/v1/encryption/rotateKey");
export const sealStore = (): Promise<unknown> => request("POST", "/nightcap/v1/encryption/seal");
