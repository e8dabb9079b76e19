import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BlobSASPermissions,
  BlobServiceClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { all, type Check, refusalOf } from "./check.ts";
import type { Clients } from "./clients.ts";

export const group = "nightcap";
export const account = "nightcapstore";

/** Of the account's first key. */
export async function keyCredential({ storage }: Clients): Promise<StorageSharedKeyCredential> {
  const { keys } = await storage.storageAccounts.listKeys(group, account);
  return new StorageSharedKeyCredential(account, keys?.[0]?.value ?? "");
}

/** With the account's first key, where ARM says that it lies. */
export async function openService(clients: Clients): Promise<BlobServiceClient> {
  const { primaryEndpoints } = await clients.storage.storageAccounts.getProperties(group, account);
  return new BlobServiceClient(primaryEndpoints?.blob ?? "", await keyCredential(clients));
}

/** arm-storage, and storage-blob on the account that it finds. */
export const storageChecks: readonly Check[] = [
  {
    name: "arm-storage: the account, its endpoint and its keys",
    async run({ storage: { storageAccounts }, target }) {
      for (const list of [storageAccounts.list(), storageAccounts.listByResourceGroup(group)]) {
        assert.deepEqual(
          (await all(list)).map(({ name }) => name),
          [account],
        );
      }
      const found = await storageAccounts.getProperties(group, account);
      assert.equal(found.primaryEndpoints?.blob, `${target.endpoint}/${account}/`);
      const { keys = [] } = await storageAccounts.listKeys(group, account);
      assert.deepEqual(
        keys.map(({ keyName, permissions }) => [keyName, permissions]),
        [
          ["key1", "FULL"],
          ["key2", "FULL"],
        ],
      );
    },
  },
  {
    name: "storage-blob: a container and its blobs through their life",
    async run(clients) {
      const service = await openService(clients);
      const container = service.getContainerClient("sdk");
      await container.create();
      const blob = container.getBlockBlobClient("folder/a b.txt");
      await blob.upload("hello", 5, { metadata: { team: "net" } });
      const properties = await blob.getProperties();
      assert.equal(properties.contentLength, 5);
      assert.deepEqual(properties.metadata, { team: "net" });
      assert.equal((await blob.downloadToBuffer()).toString(), "hello");
      assert.equal((await blob.downloadToBuffer(1, 3)).toString(), "ell");
      const names = (await all(container.listBlobsFlat({ prefix: "folder/" }))).map(
        ({ name }) => name,
      );
      assert.deepEqual(names, ["folder/a b.txt"]);
      const prefixes = (await all(container.listBlobsByHierarchy("/"))).map(({ name }) => name);
      assert.deepEqual(prefixes, ["folder/"]);
      assert.equal(await blob.exists(), true);
      await blob.delete();
      assert.equal(await blob.exists(), false);
    },
  },
  {
    name: "storage-blob: a blob in blocks comes back byte for byte",
    async run(clients) {
      const container = (await openService(clients)).getContainerClient("sdk");
      const content = randomBytes(5 << 20);
      const blob = container.getBlockBlobClient("large");
      await blob.uploadData(content, {
        blockSize: 1 << 20,
        concurrency: 2,
        maxSingleShotSize: 1 << 20,
      });
      assert.ok((await blob.downloadToBuffer()).equals(content));
    },
  },
  {
    name: "storage-blob: a shared access signature reads one blob, for its time",
    async run(clients) {
      const credential = await keyCredential(clients);
      const blob = (await openService(clients)).getContainerClient("sdk").getBlobClient("large");
      const sign = (lifeMilliseconds: number, permissions: string) => {
        const query = generateBlobSASQueryParameters(
          {
            containerName: "sdk",
            blobName: "large",
            permissions: BlobSASPermissions.parse(permissions),
            expiresOn: new Date(Date.now() + lifeMilliseconds),
          },
          credential,
        );
        return `${blob.url}?${query.toString()}`;
      };
      const read = await fetch(sign(60_000, "r"));
      assert.equal((await read.arrayBuffer()).byteLength, 5 << 20);
      assert.equal((await fetch(sign(60_000, "r"), { method: "DELETE" })).status, 403);
      const short = sign(1_000, "r");
      await sleep(2_000);
      assert.equal((await fetch(short)).status, 403);
    },
  },
  {
    name: "storage-blob: what is not there and what is not allowed",
    async run(clients) {
      const service = await openService(clients);
      const missing = service.getContainerClient("sdk").getBlobClient("nosuch");
      assert.deepEqual(await refusalOf(missing.download()), { status: 404, code: "BlobNotFound" });
      const nowhere = service.getContainerClient("nosuch").listBlobsFlat();
      assert.deepEqual(await refusalOf(all(nowhere)), { status: 404, code: "ContainerNotFound" });
      const again = service.getContainerClient("sdk").create();
      assert.deepEqual(await refusalOf(again), { status: 409, code: "ContainerAlreadyExists" });
      const stranger = new BlobServiceClient(
        service.url,
        new StorageSharedKeyCredential(account, randomBytes(64).toString("base64")),
      );
      assert.deepEqual(await refusalOf(all(stranger.listContainers())), {
        status: 403,
        code: "AuthenticationFailed",
      });
      await service.getContainerClient("sdk").delete();
    },
  },
];
