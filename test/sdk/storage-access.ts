import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  AnonymousCredential,
  BlobClient,
  BlobSASPermissions,
  BlobServiceClient,
  ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { storageIdOf } from "./captures.ts";
import { all, type Check, refusalOf } from "./check.ts";
import type { Clients } from "./clients.ts";
import { account, group, keyCredential, openService } from "./storage.ts";

const container = "sdk-access";
const mismatch = { status: 403, code: "AuthorizationPermissionMismatch" };
const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const open = (url: string): BlobClient => new BlobClient(url, new AnonymousCredential());
const textOf = async (blob: BlobClient): Promise<string> =>
  (await blob.downloadToBuffer()).toString();

/** It asks for a token of Azure's storage, which means this server. */
const tokenService = ({ credential }: Clients, url: string): BlobServiceClient =>
  new BlobServiceClient(url, credential);

/** What opens the store: keys, signatures of each kind, and the roles of a token. */
export const storageAccessChecks: readonly Check[] = [
  {
    name: "arm-storage: containers, which storage-blob sees too",
    async run(clients) {
      const { blobContainers } = clients.storage;
      const metadata = { team: "net" };
      await blobContainers.create(group, account, container, { metadata });
      assert.deepEqual((await blobContainers.get(group, account, container)).metadata, metadata);
      const names = (await all(blobContainers.list(group, account))).map(({ name }) => name);
      assert.ok(names.includes(container), names.join());
      const seen = (await openService(clients)).getContainerClient(container);
      assert.deepEqual((await seen.getProperties()).metadata, metadata);
      await seen.getBlockBlobClient("a.txt").upload("hello", 5);
    },
  },
  {
    name: "arm-storage: signatures of an account and of a blob, made by the server",
    async run(clients) {
      const { storageAccounts } = clients.storage;
      const { url } = (await openService(clients)).getContainerClient(container);
      const sharedAccessExpiryTime = inAnHour();
      const { accountSasToken } = await storageAccounts.listAccountSAS(group, account, {
        services: "b",
        resourceTypes: "o",
        permissions: "r",
        sharedAccessExpiryTime,
      });
      assert.equal(await textOf(open(`${url}/a.txt?${accountSasToken}`)), "hello");
      const { serviceSasToken } = await storageAccounts.listServiceSAS(group, account, {
        canonicalizedResource: `/blob/${account}/${container}/a.txt`,
        resource: "b",
        permissions: "r",
        sharedAccessExpiryTime,
      });
      const blob = open(`${url}/a.txt?${serviceSasToken}`);
      assert.equal(await textOf(blob), "hello");
      assert.deepEqual(await refusalOf(blob.delete()), mismatch);
    },
  },
  {
    name: "arm-storage: a key that is made anew closes what the old one opened, and no more",
    async run(clients) {
      const { storageAccounts } = clients.storage;
      const { keys: before = [] } = await storageAccounts.listKeys(group, account);
      const answer = await storageAccounts.regenerateKey(group, account, { keyName: "key2" });
      assert.equal(answer.keys?.[0]?.value, before[0]?.value);
      assert.notEqual(answer.keys?.[1]?.value, before[1]?.value);
      const { url } = await openService(clients);
      const list = (key = "") =>
        all(
          new BlobServiceClient(url, new StorageSharedKeyCredential(account, key)).listContainers(),
        );
      const refused = await refusalOf(list(before[1]?.value));
      assert.deepEqual(refused, { status: 403, code: "AuthenticationFailed" });
      assert.ok((await list(answer.keys?.[1]?.value)).length > 0);
      assert.ok((await list(before[0]?.value)).length > 0);
    },
  },
  {
    name: "storage-blob: signatures of an account and of a container, made by the client",
    async run(clients) {
      const credential = await keyCredential(clients);
      const { url } = (await openService(clients)).getContainerClient(container);
      const ofAccount = generateAccountSASQueryParameters(
        {
          services: AccountSASServices.parse("b").toString(),
          resourceTypes: AccountSASResourceTypes.parse("co").toString(),
          permissions: AccountSASPermissions.parse("rl"),
          protocol: SASProtocol.Https,
          expiresOn: inAnHour(),
        },
        credential,
      ).toString();
      assert.equal(await textOf(open(`${url}/a.txt?${ofAccount}`)), "hello");
      const ofContainer = generateBlobSASQueryParameters(
        {
          containerName: container,
          permissions: ContainerSASPermissions.parse("l"),
          expiresOn: inAnHour(),
        },
        credential,
      ).toString();
      const listed = await all(new ContainerClient(`${url}?${ofContainer}`).listBlobsFlat());
      assert.deepEqual(
        listed.map(({ name }) => name),
        ["a.txt"],
      );
      const unread = open(`${url}/a.txt?${ofContainer}`).download();
      assert.deepEqual(await refusalOf(unread), mismatch);
    },
  },
  {
    name: "arm-authorization: an Owner's token opens no blob until a role on data is given",
    async run(clients) {
      const { url } = await openService(clients);
      const blobs = () =>
        all(tokenService(clients, url).getContainerClient(container).listBlobsFlat());
      assert.deepEqual(await refusalOf(blobs()), mismatch);
      const { authorization, target } = clients;
      const scope = storageIdOf(clients);
      const roles = authorization.roleDefinitions.list(scope, {
        filter: "roleName eq 'Storage Blob Data Contributor'",
      });
      const [role] = await all(roles);
      assert.ok(role?.id);
      await authorization.roleAssignments.create(scope, randomUUID(), {
        roleDefinitionId: role.id,
        principalId: target.clientId,
        principalType: "ServicePrincipal",
      });
      assert.equal((await blobs()).length, 1);
    },
  },
  {
    name: "storage-blob: a token, and a signature that its owner delegates",
    async run(clients) {
      const service = tokenService(clients, (await openService(clients)).url);
      const blob = service.getContainerClient(container).getBlockBlobClient("by-token");
      await blob.upload("mine", 4);
      assert.equal(await textOf(blob), "mine");
      const [startsOn, expiresOn] = [new Date(Date.now() - 60_000), inAnHour()];
      const key = await service.getUserDelegationKey(startsOn, expiresOn);
      assert.equal(key.signedObjectId, clients.target.clientId);
      const permissions = BlobSASPermissions.parse("r");
      const query = generateBlobSASQueryParameters(
        { containerName: container, blobName: "by-token", permissions, startsOn, expiresOn },
        key,
        account,
      ).toString();
      const delegated = open(`${blob.url}?${query}`);
      assert.equal(await textOf(delegated), "mine");
      assert.deepEqual(await refusalOf(delegated.delete()), mismatch);
    },
  },
  {
    name: "storage-blob: an append blob grows, and only where it ends",
    async run(clients) {
      const blob = (await openService(clients))
        .getContainerClient(container)
        .getAppendBlobClient("log");
      await blob.create({ metadata: { team: "net" } });
      await blob.appendBlock("one ", 4);
      const { blobAppendOffset } = await blob.appendBlock("two", 3, {
        conditions: { appendPosition: 4 },
      });
      assert.equal(Number(blobAppendOffset), 4);
      const late = blob.appendBlock("x", 1, { conditions: { appendPosition: 4 } });
      assert.deepEqual(await refusalOf(late), {
        status: 412,
        code: "AppendPositionConditionNotMet",
      });
      const { blobType, blobCommittedBlockCount } = await blob.getProperties();
      assert.deepEqual([blobType, blobCommittedBlockCount], ["AppendBlob", 2]);
      assert.equal(await textOf(blob), "one two");
    },
  },
  {
    name: "storage-blob: a copy is whole at once, and one from elsewhere is 501",
    async run(clients) {
      const client = (await openService(clients)).getContainerClient(container);
      const target = client.getBlobClient("copy");
      const poller = await target.beginCopyFromURL(client.getBlobClient("log").url);
      assert.equal((await poller.pollUntilDone()).copyStatus, "success");
      assert.equal(await textOf(target), "one two");
      assert.equal((await target.getProperties()).copyStatus, "success");
      const elsewhere = target.beginCopyFromURL("https://elsewhere.blob.core.windows.net/a/b");
      assert.deepEqual(await refusalOf(elsewhere), { status: 501, code: "NotImplemented" });
      await clients.storage.blobContainers.delete(group, account, container);
      const gone = clients.storage.blobContainers.get(group, account, container);
      assert.deepEqual(await refusalOf(gone), { status: 404, code: "ResourceNotFound" });
    },
  },
];
