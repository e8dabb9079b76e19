import { accountHandlers } from "./account-handlers.ts";
import type { BlobHandler } from "./blob-call.ts";
import type { BlobOperation } from "./blob-operations.ts";
import { containerHandlers } from "./container-handlers.ts";
import { copyHandlers } from "./copy-handlers.ts";
import { delegationHandlers } from "./delegation-handlers.ts";
import { readHandlers } from "./read-handlers.ts";
import { writeHandlers } from "./write-handlers.ts";

/** One function an operation; each gives the answer or throws `BlobError`. */
export const blobHandlers: Record<BlobOperation, BlobHandler> = {
  ...accountHandlers,
  ...delegationHandlers,
  ...containerHandlers,
  ...readHandlers,
  ...writeHandlers,
  ...copyHandlers,
};
