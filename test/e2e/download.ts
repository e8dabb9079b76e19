import {
  embeddedStorageAccount,
  type PacketCapture,
  storageKey,
} from "../../src/cli/capture-resources.ts";
import { downloadFile } from "../../src/storage/transfer/download.ts";
import { signBlobUrl } from "../../src/storage/access/sas.ts";
import type { Installation } from "./installation.ts";

/** Fetches a stored capture as a client would: with a SAS made from the account's key. */
export async function download(
  { client }: Installation,
  { properties }: PacketCapture,
  path: string,
): Promise<void> {
  const account = await embeddedStorageAccount(client);
  const url = signBlobUrl({
    blobUrl: properties.storageLocation.storagePath ?? "",
    account: account.name,
    key: await storageKey(client, account.id),
    permissions: "r",
    expiresAt: Date.now() + 60_000,
  });
  const { certificateAuthorityPem } = client;
  await downloadFile({ url, path, certificateAuthorityPem, signal: AbortSignal.timeout(30_000) });
}
