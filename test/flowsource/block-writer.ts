// Writes a flow log into a store as Azure does: records are blocks before the last one.
import { BlockBlobClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import { account, key } from "../storage/blob-server.ts";
import { type LogShape, tail, vnetRecord } from "./vnet-log.ts";

export interface BlockWriterOptions extends LogShape {
  readonly certificateAuthorityPem: string;
}

/** The function adds so many records and commits the block list. */
export function createBlockWriter(
  url: string,
  options: BlockWriterOptions,
): (recordCount: number) => Promise<void> {
  const pipeline: NonNullable<Parameters<typeof newPipeline>[1]> & { tlsOptions: { ca: string } } =
    { tlsOptions: { ca: options.certificateAuthorityPem } };
  const credential = new StorageSharedKeyCredential(account, key);
  const client = new BlockBlobClient(url, newPipeline(credential, pipeline));
  const ids: string[] = [];
  let blockCount = 0;
  let recordCount = 0;
  const stage = async (text: string): Promise<string> => {
    const id = Buffer.from(String(100_000 + blockCount++)).toString("base64");
    await client.stageBlock(id, text, Buffer.byteLength(text));
    return id;
  };
  return async (count) => {
    if (ids.length === 0) ids.push(await stage('{"records":['), await stage(tail));
    const last = ids.pop() ?? "";
    for (let index = 0; index < count; index++) {
      const comma = recordCount === 0 ? "" : ",";
      ids.push(await stage(comma + vnetRecord(recordCount++, options)));
    }
    ids.push(last);
    await client.commitBlockList(ids);
  };
}
