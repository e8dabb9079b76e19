import { BlobError } from "../blob-error.ts";
import type { BlobCall } from "./blob-call.ts";
import type { BlobOperation } from "./blob-operations.ts";

/** Who reads or changes a blob, before it happens. */
export interface BlobAccess {
  readonly operation: BlobOperation;
  readonly container: string;
  readonly blob: string;
  /** The URL of a copy's source, without its query. */
  readonly source: string | null;
  /** What Set Blob Legal Hold asks for; null for other operations. */
  readonly legalHold: string | null;
  readonly who: {
    readonly kind: "key" | "token" | "sas";
    /** Of the token, or of who signed a user delegation SAS. */
    readonly principalId: string | null;
    /** The signature of a SAS. A secret: only a hash of it may be kept. */
    readonly sasSignature: string | null;
  };
  readonly address: string | null;
  readonly offset: number;
  /** Bytes that the answer is to hold; null: it hands out none. */
  readonly sizeBytes: number | null;
}

export interface AccessOutcome {
  readonly status: number;
  readonly sizeBytes: number | null;
  readonly complete: boolean;
}

/** Keeps accesses: of a read before its first byte goes out, of a change before it is made. */
export interface BlobAccessLog {
  concerns(access: Pick<BlobAccess, "operation" | "container" | "source">): boolean;
  /** Rejects when it cannot be kept: the request is refused then. What comes back tells how it ended. */
  begin(access: BlobAccess): Promise<(outcome: AccessOutcome) => void>;
}

export interface RecordedCall {
  readonly call: BlobCall;
  readonly operation: BlobOperation;
  readonly address: string | null;
}

/** Does the work of a request, recorded where the log wants it. */
export async function withRecord(
  log: BlobAccessLog | null,
  recorded: RecordedCall,
  work: () => Promise<Response>,
): Promise<Response> {
  const access = describe(recorded);
  if (!log?.concerns(access)) return work();
  return access.operation === "GetBlob"
    ? recordRead(log, access, work)
    : recordChange(log, access, work);
}

function describe({ call, operation, address }: RecordedCall): BlobAccess {
  const { request, grant } = call;
  return {
    operation,
    container: request.container,
    blob: request.blob,
    source: operation === "CopyBlob" ? sourceOf(request.headers) : null,
    legalHold:
      operation === "SetBlobLegalHold" ? (request.headers.get("x-ms-legal-hold") ?? "") : null,
    who: {
      kind: grant.kind,
      principalId: grant.principalId ?? grant.signerId,
      sasSignature: grant.kind === "sas" ? (request.query.get("sig") ?? null) : null,
    },
    address,
    offset: 0,
    sizeBytes: null,
  };
}

const sourceLengthMax = 2_048;
const sourceOf = (headers: Headers): string =>
  (headers.get("x-ms-copy-source") ?? "").split("?")[0]?.slice(0, sourceLengthMax) ?? "";

/** What is answered without content hands nothing out, and is not recorded. */
async function recordRead(
  log: BlobAccessLog,
  access: BlobAccess,
  work: () => Promise<Response>,
): Promise<Response> {
  const response = await work();
  const { status, headers, body } = response;
  if (!body) return response;
  const offset = Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1] ?? 0);
  const sizeBytes = Number(headers.get("content-length") ?? 0);
  const end = await begin(log, { ...access, offset, sizeBytes }).catch(async (error: unknown) => {
    await body.cancel().catch(() => {});
    throw error;
  });
  const counted = countBytes(body, (given, complete) =>
    end({ status, sizeBytes: given, complete }),
  );
  return new Response(counted, { status, headers });
}

async function recordChange(
  log: BlobAccessLog,
  access: BlobAccess,
  work: () => Promise<Response>,
): Promise<Response> {
  const end = await begin(log, access);
  try {
    const response = await work();
    end({ status: response.status, sizeBytes: null, complete: true });
    return response;
  } catch (error) {
    const status = error instanceof BlobError ? error.status : 500;
    end({ status, sizeBytes: null, complete: false });
    throw error;
  }
}

async function begin(
  log: BlobAccessLog,
  access: BlobAccess,
): Promise<(outcome: AccessOutcome) => void> {
  try {
    return await log.begin(access);
  } catch (cause) {
    throw new BlobError("ServerBusy", "The access could not be recorded.", { cause });
  }
}

/** Passes the stream on and says how much of it was taken, once. */
function countBytes(
  body: ReadableStream<Uint8Array>,
  ended: (sizeBytes: number, complete: boolean) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let sizeBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            ended(sizeBytes, true);
            return controller.close();
          }
          sizeBytes += value.byteLength;
          controller.enqueue(value);
        } catch (error) {
          ended(sizeBytes, false);
          throw error;
        }
      },
      async cancel(reason) {
        ended(sizeBytes, false);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
