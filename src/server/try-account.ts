import { NightcapError } from "../common/errors.ts";
import type { RegisteredAccount } from "../provider/storage/account-secrets.ts";
import { captureContainer } from "../storage/capture-path.ts";
import { signContainerUrl } from "../storage/access/sas.ts";

const linkLifeMilliseconds = 10 * 60_000;
/** Clocks differ; Azure refuses what begins in its future. */
const skewMilliseconds = 5 * 60_000;

/**
 * Sees to it that an account is reached and opened by what it is registered with, and has the container
 * that captures go to. Throws `InvalidParameter`, whose message never holds the secret.
 */
export async function tryAccount(account: RegisteredAccount, now: number): Promise<void> {
  const failure = await makeContainer(account, { container: captureContainer, now });
  if (failure === null) return;
  throw new NightcapError(
    "InvalidParameter",
    `storage account ${account.blobEndpoint} cannot be used: ${failure}`,
  );
}

/** Makes a container of an account unless it is there; what stood in the way, or null. */
export async function makeContainer(
  { name, blobEndpoint, credential }: Omit<RegisteredAccount, "id">,
  options: { container: string; now: number; certificateAuthorityPem?: string },
): Promise<string | null> {
  const { container, now, certificateAuthorityPem } = options;
  const url = `${blobEndpoint}${container}`;
  const signed =
    credential.kind === "sharedAccessSignature"
      ? `${url}?${credential.token}`
      : signContainerUrl({
          url,
          account: name,
          key: credential.keys[0] ?? "",
          startsAt: now - skewMilliseconds,
          expiresAt: now + linkLifeMilliseconds,
        });
  // Azure's SDK is half of what a control plane would load as it starts; most never come here.
  const { ensureContainer } = await import("../storage/transfer/ensure-container.ts");
  return ensureContainer({
    url: signed,
    ...(certificateAuthorityPem === undefined ? {} : { certificateAuthorityPem }),
  });
}
