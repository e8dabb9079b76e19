// An uploader that can be killed: FILE URL CERTIFICATE_JSON BLOCK_SIZE.
import { readFileSync } from "node:fs";
import { silentLog } from "../../src/common/log.ts";
import { uploadFile } from "../../src/storage/transfer/upload.ts";
import type { Certificate } from "./blob-server.ts";

const [path = "", url = "", certificatePath = "", blockSizeBytes = ""] = process.argv.slice(2);
const { certificatePem } = JSON.parse(readFileSync(certificatePath, "utf8")) as Certificate;
await uploadFile({
  path,
  url,
  certificateAuthorityPem: certificatePem,
  blockSizeBytes: Number(blockSizeBytes),
  signal: new AbortController().signal,
  onProgress: (sentBytes) => process.stdout.write(`${sentBytes}\n`),
  log: silentLog,
});
