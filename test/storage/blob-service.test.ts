import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  AnonymousCredential,
  BlobClient,
  type BlobDownloadResponseParsed,
  BlobSASPermissions,
  BlobServiceClient,
  BlockBlobClient,
  ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  newPipeline,
  RestError,
  SASProtocol,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { assert, asyncProperty, constantFrom, oneof, string, uniqueArray } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signBlobUrl } from "../../src/storage/access/sas.ts";
import {
  account,
  key,
  makeCertificate,
  secondKey,
  startBlobServer,
  type BlobServer,
} from "./blob-server.ts";

const certificate = makeCertificate();
const tls = { tlsOptions: { ca: certificate.certificatePem }, retryOptions: { maxTries: 1 } };
let directory: string;
let server: BlobServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-blob-"));
  server = await startBlobServer({ directory, certificate });
  await service().getContainerClient("first").create();
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const endpoint = (): string => `${server.origin}/${account}`;
const service = (keyUsed = key, name = account): BlobServiceClient =>
  new BlobServiceClient(
    endpoint(),
    newPipeline(new StorageSharedKeyCredential(name, keyUsed), tls),
  );
const container = (name = "first"): ContainerClient => service().getContainerClient(name);
const block = (name: string): string => Buffer.from(name).toString("base64");
const anonymous = (url: string): BlockBlobClient =>
  new BlockBlobClient(url, newPipeline(new AnonymousCredential(), tls));

async function drain({ readableStreamBody }: BlobDownloadResponseParsed): Promise<void> {
  if (readableStreamBody) await text(readableStreamBody);
}

/** Status and code of the refusal that `work` must end in. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("it was allowed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RestError)) throw error;
  const details = error.details as { errorCode?: string } | undefined;
  return `${error.statusCode} ${error.code ?? details?.errorCode}`;
}

test("containers are made, described, listed in pages and deleted", async () => {
  const made = service();
  for (const name of ["list-a", "list-b", "list-c"]) {
    await made.getContainerClient(name).create({ metadata: { owner: "tests & <more>" } });
  }
  expect(await refusal(container("list-a").create())).toBe("409 ContainerAlreadyExists");
  expect(await refusal(container("Not_Valid").create())).toBe("400 InvalidResourceName");
  const found: string[] = [];
  const pages = made.listContainers({ prefix: "list-", includeMetadata: true });
  for await (const page of pages.byPage({ maxPageSize: 2 })) {
    found.push(page.containerItems.map(({ name, metadata }) => name + metadata?.["owner"]).join());
  }
  expect(found).toEqual(["list-atests & <more>,list-btests & <more>", "list-ctests & <more>"]);
  await container("list-b").setMetadata({ owner: "changed" });
  expect((await container("list-b").getProperties()).metadata).toEqual({ owner: "changed" });
  await container("list-b").deleteIfExists();
  expect(await container("list-b").exists()).toBe(false);
  expect(await refusal(container("list-b").getProperties())).toBe("404 ContainerNotFound");
});

test("service properties and account information are answered", async () => {
  const off = { enabled: false };
  await service().setProperties({ deleteRetentionPolicy: off, cors: [] });
  const on = { deleteRetentionPolicy: { enabled: true, days: 7 } };
  await expect(service().setProperties(on)).rejects.toThrow(/DeleteRetentionPolicy\/Enabled: true/);
  expect((await service().getProperties()).blobAnalyticsLogging?.read).toBe(false);
  expect((await service().getAccountInfo()).accountKind).toBe("StorageV2");
});

test("blocks become a blob only when their list is put, in its order", async () => {
  const blob = container().getBlockBlobClient("folder/ordered.cap");
  for (const name of ["b", "a", "x"]) await blob.stageBlock(block(name), name.repeat(3), 3);
  expect(await blob.exists()).toBe(false);
  expect((await blob.getBlockList("all")).uncommittedBlocks?.length).toBe(3);
  await blob.commitBlockList([block("a"), block("b")], {
    metadata: { nightcap_note: "ü".normalize("NFD").slice(0, 1) },
    blobHTTPHeaders: { blobContentType: "application/vnd.tcpdump.pcap" },
  });
  expect((await blob.downloadToBuffer()).toString()).toBe("aaabbb");
  const properties = await blob.getProperties();
  expect(properties.contentLength).toBe(6);
  expect(properties.contentType).toBe("application/vnd.tcpdump.pcap");
  expect(properties.metadata).toEqual({ nightcap_note: "u" });
  const list = await blob.getBlockList("all");
  expect(list.committedBlocks).toEqual([
    { name: block("a"), size: 3 },
    { name: block("b"), size: 3 },
  ]);
  expect(list.uncommittedBlocks).toEqual([]);

  await blob.stageBlock(block("c"), "ccc", 3);
  await blob.commitBlockList([block("b"), block("c")]);
  expect((await blob.downloadToBuffer()).toString()).toBe("bbbccc");
  expect(await refusal(blob.commitBlockList([block("a")]))).toBe("400 InvalidBlockList");
  expect(await server.store.verify({ container: "first", blob: "folder/ordered.cap" })).toEqual({
    sizeBytes: 6,
    sha256: createHash("sha256").update("bbbccc").digest("hex"),
    expectedSha256: createHash("sha256").update("bbbccc").digest("hex"),
    intact: true,
    problem: null,
  });
});

test("wrong blocks are refused with Azure's codes", async () => {
  const blob = container().getBlockBlobClient("refused");
  expect(await refusal(blob.stageBlock("not base64!", "a", 1))).toBe("400 InvalidBlockId");
  expect(await refusal(blob.stageBlock(block("i".repeat(65)), "a", 1))).toBe("400 OutOfRangeInput");
  expect(
    await refusal(
      blob.stageBlock(block("a"), "a", 1, { transactionalContentMD5: randomBytes(16) }),
    ),
  ).toBe("400 Md5Mismatch");
  expect(
    await refusal(
      blob.stageBlock(block("a"), "a", 1, { transactionalContentCrc64: randomBytes(8) }),
    ),
  ).toBe("400 Crc64Mismatch");
  await blob.stageBlock(block("a"), "a", 1);
  expect(await refusal(blob.stageBlock(block("longer"), "a", 1))).toBe("400 InvalidBlobOrBlock");
  const sizeBytes = server.store.blockSizeBytesMax + 1;
  expect(await refusal(blob.stageBlock(block("b"), Buffer.alloc(sizeBytes), sizeBytes))).toMatch(
    /413 RequestBodyTooLarge|undefined (EPIPE|ECONNRESET)/,
  );
  expect(await refusal(blob.getProperties())).toContain("404");
  const missing = container("nowhere").getBlockBlobClient("a");
  expect(await refusal(missing.stageBlock(block("a"), "a", 1))).toBe("404 ContainerNotFound");
});

test("the CRC-64 that Azure's SDKs compute is the one that is checked", async () => {
  const blob = container().getBlockBlobClient("crc64");
  // CRC-64/NVME of "123456789", the catalogue's check value, least significant byte first.
  const crc64 = Buffer.from("8898790a86148bae", "hex");
  await blob.stageBlock(block("a"), "123456789", 9, { transactionalContentCrc64: crc64 });
});

test("Put Blob keeps its properties, and ranges are read exactly", async () => {
  const blob = container().getBlockBlobClient("whole.bin");
  const content = randomBytes(700_000);
  await blob.upload(content, content.length, {
    metadata: { one: "1" },
    blobHTTPHeaders: { blobContentType: "text/plain", blobCacheControl: "no-store" },
  });
  const md5 = createHash("md5").update(content).digest();
  const properties = await blob.getProperties();
  expect(Buffer.from(properties.contentMD5 ?? [])).toEqual(md5);
  expect(properties.cacheControl).toBe("no-store");
  for (const [offset, count] of [
    [0, 1],
    [1, 300_000],
    [699_999, 1],
    [699_990, 10],
    [0, undefined],
  ]) {
    const part = await blob.downloadToBuffer(offset, count);
    expect(part.equals(content.subarray(offset, count ? (offset ?? 0) + count : undefined))).toBe(
      true,
    );
  }
  const ranged = await blob.download(10, 5);
  expect([ranged.contentRange, ranged.contentLength]).toEqual(["bytes 10-14/700000", 5]);
  await drain(ranged);
  expect(await refusal(blob.download(700_000))).toBe("416 InvalidRange");
  await blob.setMetadata({ two: "2" });
  await blob.setHTTPHeaders({ blobContentType: "image/png" });
  const changed = await blob.getProperties();
  expect([changed.metadata, changed.contentType]).toEqual([{ two: "2" }, "image/png"]);
  expect(await refusal(blob.download(0, 1, { conditions: { ifMatch: '"old"' } }))).toBe(
    "412 ConditionNotMet",
  );
  const conditions = { ifNoneMatch: "*" };
  expect(await refusal(blob.upload("a", 1, { conditions }))).toBe("409 BlobAlreadyExists");
  await blob.delete();
  expect(await refusal(blob.delete())).toBe("404 BlobNotFound");
});

test("an empty blob can be put and read", async () => {
  const blob = container().getBlockBlobClient("empty");
  await blob.upload("", 0);
  expect((await blob.downloadToBuffer()).length).toBe(0);
  expect((await blob.getProperties()).contentLength).toBe(0);
});

test("listing pages through names, and by folder", async () => {
  const client = container("listing");
  await client.create();
  const names = [
    "a/1",
    "a/2",
    "b",
    "c/d/1",
    "c/d/2",
    "c/e",
    "d & <e>",
    "z\u0001",
    " spaced ",
    "ü/x",
  ];
  for (const name of names)
    await client
      .getBlockBlobClient(name)
      .upload(name, name.length + (name.startsWith("ü") ? 1 : 0));
  for (const maxPageSize of [1, 3, 100]) {
    const found: string[] = [];
    for await (const page of client.listBlobsFlat().byPage({ maxPageSize })) {
      expect(page.segment.blobItems.length).toBeLessThanOrEqual(maxPageSize);
      found.push(...page.segment.blobItems.map(({ name }) => name));
    }
    expect(found).toEqual(names.toSorted());
  }
  const found: string[] = [];
  for await (const page of client.listBlobsByHierarchy("/").byPage({ maxPageSize: 2 })) {
    found.push(...(page.segment.blobPrefixes ?? []).map(({ name }) => name));
    found.push(...page.segment.blobItems.map(({ name }) => name));
  }
  expect(found.toSorted()).toEqual([" spaced ", "a/", "b", "c/", "d & <e>", "z\u0001", "ü/"]);
  const inner: string[] = [];
  for await (const item of client.listBlobsByHierarchy("/", { prefix: "c/" }))
    inner.push(item.name);
  expect(inner.toSorted()).toEqual(["c/d/", "c/e"]);
});

test("any name is a blob of its own, and none leaves the store", async () => {
  const client = container("names");
  await client.create();
  const hostile = [
    "..",
    "../../etc/passwd",
    "%2e%2e/x",
    "a\u0000b",
    "A",
    "a",
    "x".repeat(1024),
    "ſ",
    "con.",
    "~",
  ];
  const name = oneof(
    constantFrom(...hostile),
    string({ unit: "binary", minLength: 1, maxLength: 60 }),
  );
  await assert(
    asyncProperty(uniqueArray(name, { minLength: 1, maxLength: 4 }), async (names) => {
      for (const blob of names) {
        const bytes = Buffer.from(blob);
        await server.store.putBlob(
          { container: "names", blob },
          {
            bytes: (async function* () {
              yield bytes;
            })(),
            sizeBytes: bytes.length,
          },
          {
            headers: {
              contentType: "",
              contentEncoding: null,
              contentLanguage: null,
              contentDisposition: null,
              cacheControl: null,
              contentMd5: null,
            },
            metadata: {},
          },
        );
      }
      for (const blob of names) {
        const { stream } = await server.store.read({ container: "names", blob });
        expect(await text(stream)).toBe(Buffer.from(blob).toString());
      }
    }),
    { numRuns: 40 },
  );
  const listed = new Set<string>();
  for await (const item of client.listBlobsFlat()) listed.add(item.name);
  const { blobs } = await server.store.listBlobs("names", {});
  expect(listed).toEqual(new Set(blobs.map((blob) => blob.name)));
});

test("parallel Put Block of one blob loses none", async () => {
  const blob = container().getBlockBlobClient("parallel");
  const ids = Array.from({ length: 40 }, (_, index) => block(String(index).padStart(3, "0")));
  const contents = ids.map(() => randomBytes(10_000));
  await Promise.all(ids.map((id, index) => blob.stageBlock(id, contents[index] ?? "", 10_000)));
  await blob.commitBlockList(ids);
  expect((await blob.downloadToBuffer()).equals(Buffer.concat(contents))).toBe(true);
});

test("wrong keys are refused, both right ones are taken", async () => {
  expect((await service(secondKey).getContainerClient("first").getProperties()).etag).toBeTruthy();
  const wrong = Buffer.from("wrong").toString("base64");
  const wrongClient = service(wrong).getContainerClient("first");
  expect(await refusal(wrongClient.getBlockBlobClient("x").download())).toBe(
    "403 AuthenticationFailed",
  );
  const other = service(key, "other").getContainerClient("first");
  expect(await refusal(other.getBlockBlobClient("x").download())).toBe("403 AuthenticationFailed");
  const nobody = new BlobClient(
    `${endpoint()}/first/x`,
    newPipeline(new AnonymousCredential(), tls),
  );
  expect(await refusal(nobody.download())).toBe("401 NoAuthenticationInformation");
});

test("our own SAS allows what it says, for its blob, in its time", async () => {
  const sign = (
    permissions: string,
    expiresAt = Date.now() + 60_000,
    name = "sas ü/+%&'.cap",
  ): string =>
    signBlobUrl({
      blobUrl: container().getBlobClient(name).url,
      account,
      key,
      permissions,
      expiresAt,
    });
  const writer = anonymous(sign("rcw"));
  await writer.stageBlock(block("a"), "abc", 3);
  await writer.commitBlockList([block("a")]);
  expect((await anonymous(sign("r")).downloadToBuffer()).toString()).toBe("abc");
  expect(await refusal(anonymous(sign("r")).upload("a", 1))).toBe(
    "403 AuthorizationPermissionMismatch",
  );
  expect(await refusal(anonymous(sign("c")).upload("a", 1))).toBe(
    "403 AuthorizationPermissionMismatch",
  );
  await anonymous(sign("c", undefined, "created by c")).upload("a", 1);
  expect(await refusal(anonymous(sign("w")).download())).toBe(
    "403 AuthorizationPermissionMismatch",
  );
  expect(await refusal(anonymous(sign("r", Date.now() - 1)).download())).toBe(
    "403 AuthenticationFailed",
  );
  const future = signBlobUrl({
    blobUrl: writer.url.split("?")[0] ?? "",
    account,
    key,
    permissions: "r",
    startsAt: Date.now() + 60_000,
    expiresAt: Date.now() + 120_000,
  });
  expect(await refusal(anonymous(future).download())).toBe("403 AuthenticationFailed");
  expect(await refusal(anonymous(sign("r").replace("sp=r", "sp=rw")).download())).toBe(
    "403 AuthenticationFailed",
  );
  expect(await refusal(anonymous(sign("r").replace(/sas%20/, "other")).download())).toBe(
    "403 AuthenticationFailed",
  );
  const tampered = sign("r").replace(
    /sig=(.)/,
    (_, letter: string) => `sig=${letter === "A" ? "B" : "A"}`,
  );
  expect(await refusal(anonymous(tampered).download())).toBe("403 AuthenticationFailed");
});

test("the SDK's service and account SAS of each version are taken", async () => {
  const credential = new StorageSharedKeyCredential(account, key);
  await container().getBlockBlobClient("sdk").upload("sdk", 3);
  const expiresOn = new Date(Date.now() + 60_000);
  for (const version of ["2015-04-05", "2018-11-09", "2020-12-06", "2026-04-06"]) {
    const common = { version, expiresOn, startsOn: new Date(0), protocol: SASProtocol.Https };
    const ofBlob = generateBlobSASQueryParameters(
      {
        ...common,
        containerName: "first",
        blobName: "sdk",
        permissions: BlobSASPermissions.parse("r"),
        ipRange: { start: "127.0.0.1", end: "127.0.0.9" },
        contentType: "x/y",
      },
      credential,
    );
    const read = await anonymous(`${endpoint()}/first/sdk?${ofBlob.toString()}`).download();
    expect(read.contentType).toBe("x/y");
    await drain(read);
    const ofContainer = generateBlobSASQueryParameters(
      { ...common, containerName: "first", permissions: ContainerSASPermissions.parse("l") },
      credential,
    );
    const lister = new ContainerClient(
      `${endpoint()}/first?${ofContainer.toString()}`,
      newPipeline(new AnonymousCredential(), tls),
    );
    expect((await lister.listBlobsFlat({ prefix: "sdk" }).next()).value).toMatchObject({
      name: "sdk",
    });
    const ofAccount = generateAccountSASQueryParameters(
      {
        ...common,
        permissions: AccountSASPermissions.parse("r"),
        services: AccountSASServices.parse("b").toString(),
        resourceTypes: AccountSASResourceTypes.parse("o").toString(),
      },
      credential,
    );
    expect(
      (
        await anonymous(`${endpoint()}/first/sdk?${ofAccount.toString()}`).downloadToBuffer()
      ).toString(),
    ).toBe("sdk");
    const whole = new ContainerClient(
      `${endpoint()}/first?${ofAccount.toString()}`,
      newPipeline(new AnonymousCredential(), tls),
    );
    expect(await refusal(whole.listBlobsFlat().next())).toBe(
      "403 AuthorizationResourceTypeMismatch",
    );
  }
  const elsewhere = generateBlobSASQueryParameters(
    {
      expiresOn,
      containerName: "first",
      blobName: "sdk",
      permissions: BlobSASPermissions.parse("r"),
      ipRange: { start: "192.0.2.1" },
    },
    credential,
  );
  expect(
    await refusal(anonymous(`${endpoint()}/first/sdk?${elsewhere.toString()}`).download()),
  ).toBe("403 AuthorizationSourceIPMismatch");
});

test("what is not built says so, by name", async () => {
  const refused = container().getBlobClient("sdk").createSnapshot();
  await expect(refused).rejects.toThrow(/PUT on a blob, restype=, comp=snapshot/);
  const pages = container().getPageBlobClient("pages");
  await expect(pages.create(512)).rejects.toThrow(/PutBlob of type PageBlob/);
  await expect(pages.getBlobLeaseClient().acquireLease(15)).rejects.toThrow(/LeaseBlob/);
  await expect(pages.getTags()).rejects.toThrow(/BlobTags/);
  await expect(container().listBlobsFlat({ includeSnapshots: true }).next()).rejects.toThrow(
    /include=snapshots; metadata, copy, legalhold, uncommittedblobs can be listed/,
  );
  const url = "https://192.0.2.1/nightcapstore/first/sdk";
  await expect(container().getBlobClient("x").syncCopyFromURL(url)).rejects.toThrow(
    /CopyBlob from https:\/\/192.0.2.1/,
  );
  await expect(container().getBlockBlobClient("x").syncUploadFromURL(url)).rejects.toThrow(
    /PutBlob with x-ms-copy-source/,
  );
  const tiered = container().getBlockBlobClient("tier").upload("a", 1, { tier: "Cool" });
  await expect(tiered).rejects.toThrow(/x-ms-access-tier/);
});
