import { BlobError } from "../blob-error.ts";
import { blobOperations, type BlobOperation } from "../service/blob-operations.ts";
import type { BlobRequest } from "../service/blob-request.ts";

/** Tokens and roles, which the server keeps: who comes with a token, and what they may. */
export interface BlobTokens {
  readonly tenantId: string;
  /** What a client is told that shows nothing, or a token that is not good: `WWW-Authenticate`. */
  challenge(url: URL): string;
  /** A browser's session is shown, which counts as a token does. */
  hasSession?(headers: Headers): boolean;
  /** Whose token or session this is. Throws `BlobError`. */
  authenticate(request: { url: URL; method: string; headers: Headers }): Promise<{ id: string }>;
  /** Whether a role of theirs has one of `actions` at the container; "" is the account. */
  allows(principalId: string, actions: readonly string[], container: string): Promise<boolean>;
}

/** Throws `AuthorizationPermissionMismatch` when no role lets `principalId` do it. */
export async function checkRoles(
  tokens: BlobTokens,
  principalId: string,
  { request, operation }: { request: BlobRequest; operation: BlobOperation },
): Promise<void> {
  const { actions } = blobOperations[operation];
  if (await tokens.allows(principalId, actions, request.container)) return;
  throw new BlobError("AuthorizationPermissionMismatch");
}
