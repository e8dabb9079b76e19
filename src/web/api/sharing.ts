import { type Capture } from "./capture.ts";
import { ownPathOf } from "./captures.ts";
import { request } from "./request.ts";

const storageApiVersion = "2024-01-01";
export const shareFileAction = "Microsoft.Storage/storageAccounts/listServiceSas/action";
export const shareReportAction = "Nightcap/report-links/write";

export interface SharedLink {
  link: string;
  expires: string;
}

/**
 * A service SAS of one file, read only. It is signed with the account's second key, which uploads do not
 * use: regenerating that key ends all links.
 */
export async function shareFile(
  { properties }: Capture,
  file: { storagePath: string; name: string },
  lifeSeconds: number,
): Promise<SharedLink> {
  const path = decodeURIComponent(ownPathOf(file.storagePath) ?? "");
  const expires = `${new Date(Date.now() + lifeSeconds * 1_000).toISOString().slice(0, 19)}Z`;
  const { storageId = "" } = properties.storageLocation ?? {};
  const { serviceSasToken } = await request<{ serviceSasToken: string }>(
    "POST",
    `${storageId}/listServiceSas?api-version=${storageApiVersion}`,
    {
      canonicalizedResource: `/blob${path}`,
      signedResource: "b",
      signedPermission: "r",
      signedProtocol: "https",
      signedExpiry: expires,
      keyToSign: "key2",
      rscd: `attachment; filename="${file.name}"`,
    },
  );
  return { link: `${file.storagePath}?${serviceSasToken}`, expires };
}

export const shareReport = (sessionId: string, lifeSeconds: number): Promise<SharedLink> =>
  request("POST", "/nightcap/v1/report-links", { sessionId, lifeSeconds });
