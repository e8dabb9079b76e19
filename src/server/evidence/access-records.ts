import { createHash } from "node:crypto";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { AccessLog } from "../../evidence/access-log/access-log.ts";
import type { AccessFacts } from "../../evidence/access-log/entry.ts";
import { captureContainer } from "../../storage/capture-path.ts";
import type { BlobAccess, BlobAccessLog } from "../../storage/service/access-record.ts";
import type { EvidenceSettings } from "./settings.ts";

const textLengthMax = 1_024;
const sasIdLength = 16;

const kinds: Readonly<Partial<Record<BlobAccess["operation"], AccessFacts["kind"]>>> = {
  GetBlob: "download",
  CopyBlob: "copy",
  PutBlob: "write",
  PutBlockList: "write",
  AppendBlock: "write",
  SetBlobMetadata: "write",
  SetBlobProperties: "write",
  SetBlobLegalHold: "hold",
  DeleteBlob: "delete",
  DeleteContainer: "delete",
};

/** What parts of the control plane tell the access log. */
export interface AccessRecords {
  readonly blobs: BlobAccessLog;
  /** Rejects when it cannot be kept and that is not allowed: what it is about must not happen then. */
  record(facts: AccessFacts): Promise<number>;
}

export function createAccessRecords(
  log: AccessLog,
  { unrecordedAccess }: Pick<EvidenceSettings, "unrecordedAccess">,
  logger: Log,
): AccessRecords {
  const record = async (facts: AccessFacts): Promise<number> => {
    try {
      return await log.append(facts);
    } catch (error) {
      logger.error({ reason: describeError(error), kind: facts.kind }, "access is not recorded");
      if (unrecordedAccess === "refuse") throw error;
      return 0;
    }
  };
  return { record, blobs: createBlobRecords(record) };
}

function createBlobRecords(record: AccessRecords["record"]): BlobAccessLog {
  return {
    // Flow logs have containers of their own, and are no evidence of a capture.
    concerns: ({ operation, container, source }) =>
      kinds[operation] !== undefined &&
      (container === captureContainer || (source?.includes(`/${captureContainer}/`) ?? false)),
    async begin(access) {
      const facts = factsOf(access);
      const refersTo = await record(facts);
      return ({ status, sizeBytes, complete }) => {
        const { who, address, target } = facts;
        const size = sizeBytes === null ? {} : { sizeBytes };
        const ended = { who, address, target, kind: "end", refersTo, status, complete } as const;
        // Nobody waits for it, and what it tells of has happened.
        void record({ ...ended, ...size }).catch(() => {});
      };
    },
  };
}

function factsOf(access: BlobAccess): AccessFacts {
  const { operation, container, blob, who, address, offset, sizeBytes } = access;
  const id = who.kind === "sas" ? sasId(who.sasSignature) : (who.principalId ?? undefined);
  const signer = who.kind === "sas" && who.principalId !== null ? { name: who.principalId } : {};
  return {
    kind: kinds[operation] ?? "write",
    who: { kind: who.kind, ...(id === undefined ? {} : { id }), ...signer },
    address,
    target: wellFormed(blob === "" ? container : `${container}/${blob}`),
    detail: wellFormed(detailOf(access)),
    ...(sizeBytes === null ? {} : { offset, sizeBytes }),
  };
}

function detailOf({ operation, source, legalHold }: BlobAccess): string {
  if (source !== null) return `${operation} from ${source}`;
  return legalHold === null ? operation : `${operation} ${legalHold}`;
}

/** Names one SAS without giving it away: uses of the same link can be told from those of another. */
const sasId = (signature: string | null): string =>
  createHash("sha256")
    .update(signature ?? "")
    .digest("hex")
    .slice(0, sasIdLength);

const wellFormed = (text: string): string =>
  text.toWellFormed().slice(0, textLengthMax).toWellFormed();
