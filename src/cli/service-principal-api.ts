import { z } from "zod";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const path = "/nightcap/servicePrincipals";
/** Pages of a list; the control plane has 10,000 clients at most, on pages of 1,000. */
const pageCountMax = 100;

const principal = z.object({
  appId: z.guid(),
  displayName: z.string(),
  isBuiltIn: z.boolean(),
  createdDateTime: z.string(),
  passwordCredentials: z.array(
    z.object({
      keyId: z.string(),
      hint: z.string().nullable(),
      startDateTime: z.string(),
      endDateTime: z.string().nullable(),
    }),
  ),
});
const newSecret = principal
  .extend({ tenant: z.string(), keyId: z.string(), password: z.string() })
  .transform((made) => {
    const own = made.passwordCredentials.find(({ keyId }) => keyId === made.keyId);
    return { ...made, endDateTime: own?.endDateTime ?? "never" };
  });
const page = z.object({ value: z.array(principal), nextLink: z.url().optional() });

export type Principal = z.infer<typeof principal>;
/** A principal with a secret that was made just now. */
export type NewSecret = z.infer<typeof newSecret>;

const pathOf = (name: string): string => `${path}/${encodeURIComponent(name)}`;

export async function listPrincipals(client: ControlPlaneClient): Promise<Principal[]> {
  const all: Principal[] = [];
  let next: string | undefined = path;
  for (let count = 0; next !== undefined && count < pageCountMax; count++) {
    const { value, nextLink }: z.infer<typeof page> = page.parse(await client.request("GET", next));
    all.push(...value);
    next = nextLink === undefined ? undefined : `${path}${new URL(nextLink).search}`;
  }
  return all;
}

export const showPrincipal = async (client: ControlPlaneClient, name: string): Promise<Principal> =>
  principal.parse(await client.request("GET", pathOf(name)));

export const createPrincipal = async (
  client: ControlPlaneClient,
  wanted: { displayName: string; secretDays: number },
): Promise<NewSecret> => newSecret.parse(await client.request("POST", path, wanted));

export const rotateSecret = async (
  client: ControlPlaneClient,
  name: string,
  wanted: { secretDays: number; removeEarlier: boolean },
): Promise<NewSecret> =>
  newSecret.parse(await client.request("POST", `${pathOf(name)}/rotate`, wanted));

export const deleteSecret = async (
  client: ControlPlaneClient,
  name: string,
  keyId: string,
): Promise<Principal> =>
  principal.parse(
    await client.request("DELETE", `${pathOf(name)}/secrets/${encodeURIComponent(keyId)}`),
  );

export async function deletePrincipal(client: ControlPlaneClient, name: string): Promise<void> {
  await client.request("DELETE", pathOf(name));
}
