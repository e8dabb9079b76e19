import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { ownPathOf, readPages } from "./captures.ts";
import { request } from "./request.ts";

const accountType = "Microsoft.Storage/storageAccounts";
const apiVersion = "2024-01-01";
export const readAccountsAction = `${accountType}/read`;
export const listKeysAction = `${accountType}/listKeys/action`;
export const regenerateKeyAction = `${accountType}/regenerateKey/action`;
/** What makes a link to a file: a signature by one of the keys. */
export const signLinkAction = `${accountType}/listServiceSas/action`;

export const accountsKey = ["storage-accounts"] as const;

export interface StorageAccount {
  id: string;
  name: string;
  properties: { primaryEndpoints?: { blob?: string } };
}

export const keyNames = ["key1", "key2"] as const;
export type KeyName = (typeof keyNames)[number];

interface KeysAnswer {
  keys: { keyName: KeyName; value: string }[];
}

/** Nightcap's own store, and accounts elsewhere that captures may go to. */
export function useStorageAccounts(isAllowed: boolean): UseQueryResult<StorageAccount[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [...accountsKey, subscriptionId],
    queryFn: () =>
      readPages<StorageAccount>(
        `/subscriptions/${subscriptionId}/providers/${accountType}`,
        apiVersion,
      ),
    enabled: isAllowed,
  });
}

/** True for the store within the control plane: the keys of others are made where these lie. */
export const isOwnStore = ({ properties }: StorageAccount): boolean =>
  ownPathOf(properties.primaryEndpoints?.blob ?? null) !== null;

const post = (account: StorageAccount, name: string, body?: object): Promise<KeysAnswer> =>
  request("POST", `${account.id}/${name}?api-version=${apiVersion}`, body);

export const readStorageKey = async (account: StorageAccount, name: KeyName): Promise<string> =>
  (await post(account, "listKeys")).keys.find(({ keyName }) => keyName === name)?.value ?? "";

/** Whatever was signed with it is refused from then on. */
export const regenerateKey = (account: StorageAccount, keyName: KeyName): Promise<KeysAnswer> =>
  post(account, "regenerateKey", { keyName });
