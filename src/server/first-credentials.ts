import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import { certificatePath } from "../pki/certificate-authority.ts";
import { pkiDirectory, type ServerContext } from "./context.ts";
import type { Identity } from "./identity/identity.ts";
import { ensureAdministrator } from "./roles.ts";

const credentialPair = z.object({ clientId: z.string(), clientSecret: z.string() });

/** A client of our own and its secret, as kept in a file of mode 0600. */
export type CredentialPair = z.infer<typeof credentialPair>;

/**
 * The credentials in `fileName`, made when there are none or their client is not known any more. The other fields of the file are written
 * anew at each start, so that they are right when address or folder changed.
 */
export async function keepCredentials(options: {
  directory: string;
  fileName: string;
  clientName: string;
  identity: Identity;
  fields: Record<string, unknown>;
}): Promise<CredentialPair> {
  const path = join(options.directory, options.fileName);
  const kept = await readPair(path);
  const isKnown = kept !== null && (await options.identity.clients.get(kept.clientId)) !== null;
  const pair = isKnown ? kept : await makePair(options);
  await writeFileAtomic(path, `${JSON.stringify({ ...options.fields, ...pair }, null, 2)}\n`);
  return pair;
}

async function readPair(path: string): Promise<CredentialPair | null> {
  const text = await readTextIfExists(path);
  if (text === null) return null;
  try {
    return credentialPair.parse(JSON.parse(text));
  } catch {
    return null; // damaged: a new client is made, and the old one's secret is lost with the file
  }
}

async function makePair(options: {
  clientName: string;
  identity: Identity;
}): Promise<CredentialPair> {
  const { clientId, secret } = await options.identity.createClient(options.clientName);
  return { clientId, clientSecret: secret };
}

/** What people and scripts on this host need, in one file that only its owner can read. */
export async function writeFirstCredentials(
  context: ServerContext,
  identity: Identity,
  responder: { url: string; key: string },
): Promise<void> {
  const { settings, installation, baseUrl } = context;
  const { clientId } = await keepCredentials({
    directory: settings.directory,
    fileName: "credentials.json",
    clientName: "administrator",
    identity,
    fields: {
      endpoint: baseUrl,
      tenantId: installation.tenantId,
      subscriptionId: installation.subscriptionId,
      certificateAuthorityFile: certificatePath(pkiDirectory(settings.directory)),
      resourceGroup: settings.resourceGroup,
      location: settings.location,
      responderUrl: responder.url,
      responderKey: responder.key,
    },
  });
  await ensureAdministrator(context, clientId);
}
