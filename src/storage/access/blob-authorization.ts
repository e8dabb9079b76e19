import { BlobError } from "../blob-error.ts";
import type { BlobOperation } from "../service/blob-operations.ts";
import type { BlobRequest } from "../service/blob-request.ts";
import { checkSas, checkSasPermission } from "./sas-check.ts";
import { dateSkewMillisecondsMax, isSignedByOneOf, sharedKeyStringsToSign } from "./shared-key.ts";
import { type BlobTokens, checkRoles } from "./token-access.ts";

export interface BlobAccount {
  readonly name: string;
  /** Base64; both are valid, so that one can be changed while the other is in use. */
  readonly keys: readonly [string, string];
}

/** What the request was let in for. */
export interface Grant {
  /** False when a SAS allows only to create what is not there. */
  readonly mayOverwrite: boolean;
  /** Who sent the token; null for a key and a SAS. */
  readonly principalId: string | null;
  /** What was shown. */
  readonly kind: "key" | "token" | "sas";
  /** Who signed a user delegation SAS; null for everything else. */
  readonly signerId: string | null;
  /** Whether what was shown also allows to read the source of a copy. Throws Azure's refusals. */
  authorizeSource(source: BlobRequest): Promise<void>;
}

export interface AuthorizationContext {
  readonly accounts: readonly BlobAccount[];
  readonly now: number;
  /** The client's address when the server knows it; a SAS with `sip` is refused when it does not. */
  readonly remoteAddress: string | null;
  /** Null: tokens are refused. */
  readonly tokens: BlobTokens | null;
}

type Shown = Pick<Grant, "mayOverwrite" | "principalId" | "kind" | "signerId">;

/** Checks who asks and what they may. Throws Azure's refusals. */
export async function authorize(
  request: BlobRequest,
  operation: BlobOperation | null,
  context: AuthorizationContext,
): Promise<Grant> {
  const shown = await check(request, operation, context);
  return {
    mayOverwrite: shown.mayOverwrite,
    principalId: shown.principalId,
    kind: shown.kind,
    signerId: shown.signerId,
    async authorizeSource(source) {
      if (source.query.has("sig")) {
        await check(source, "GetBlob", context);
      } else if (shown.kind === "sas") {
        throw new BlobError("CannotVerifyCopySource", "A source without a SAS of its own.");
      } else if (shown.principalId !== null && context.tokens) {
        const reading = { request: source, operation: "GetBlob" } as const;
        await checkRoles(context.tokens, shown.principalId, reading);
      }
    },
  };
}

async function check(
  request: BlobRequest,
  operation: BlobOperation | null,
  context: AuthorizationContext,
): Promise<Shown> {
  const account = context.accounts.find(({ name }) => name === request.account);
  const authorization = request.headers.get("authorization");
  if (authorization !== null && /^Bearer /i.test(authorization)) {
    return checkToken(request, operation, context);
  }
  if (authorization !== null) {
    checkSharedKey(request, account, context.now);
    return { kind: "key", mayOverwrite: true, principalId: null, signerId: null };
  }
  if (!request.query.has("sig")) {
    if (context.tokens?.hasSession?.(request.headers)) {
      return checkToken(request, operation, context);
    }
    const challenge = context.tokens?.challenge(request.url) ?? "SharedKey";
    throw new BlobError("NoAuthenticationInformation", null, {
      headers: { "www-authenticate": challenge },
    });
  }
  if (!account) throw new BlobError("AuthenticationFailed", "Unknown account.");
  return checkSharedAccess(request, operation, { account, context });
}

async function checkToken(
  request: BlobRequest,
  operation: BlobOperation | null,
  { tokens }: AuthorizationContext,
): Promise<Shown> {
  if (!tokens) throw new BlobError("AuthenticationFailed", "Tokens are not supported.");
  const { id } = await tokens.authenticate(request);
  if (operation) await checkRoles(tokens, id, { request, operation });
  return { kind: "token", mayOverwrite: true, principalId: id, signerId: null };
}

/** A user delegation SAS allows what its letters and the roles of who signed it both allow. */
async function checkSharedAccess(
  request: BlobRequest,
  operation: BlobOperation | null,
  { account, context }: { account: BlobAccount; context: AuthorizationContext },
): Promise<Shown> {
  const { tokens } = context;
  const signer = checkSas(request, account, { ...context, tenantId: tokens?.tenantId ?? null });
  const shown: Shown = {
    kind: "sas",
    mayOverwrite: request.query.get("sp")?.includes("w") ?? false,
    principalId: null,
    signerId: signer,
  };
  if (operation === null) return shown; // answered 501 to whoever is known
  checkSasPermission(request, operation);
  if (signer !== null && tokens) await checkRoles(tokens, signer, { request, operation });
  return shown;
}

function checkSharedKey(request: BlobRequest, account: BlobAccount | undefined, now: number): void {
  const match = /^SharedKey ([^:\s]+):(\S+)$/.exec(request.headers.get("authorization") ?? "");
  if (!match) {
    throw new BlobError(
      "AuthenticationFailed",
      "SharedKey and Bearer are supported, no other scheme.",
    );
  }
  if (!account || match[1] !== account.name) {
    throw new BlobError("AuthenticationFailed", "Unknown account.");
  }
  const date = Date.parse(request.headers.get("x-ms-date") ?? request.headers.get("date") ?? "");
  if (!(Math.abs(now - date) <= dateSkewMillisecondsMax)) {
    throw new BlobError("AuthenticationFailed", "Request date header too old or missing.");
  }
  const texts = sharedKeyStringsToSign(request, account.name);
  if (isSignedByOneOf(account.keys, texts, match[2] ?? "")) return;
  throw new BlobError(
    "AuthenticationFailed",
    `The MAC signature found in the HTTP request is not the same as any computed signature. Server used following string to sign: '${texts[0] ?? ""}'.`,
  );
}
