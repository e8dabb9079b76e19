// What clients do beyond putting and getting: append, copy, conditions, digests, access lists, tokens.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import {
  AnonymousCredential,
  type BlobDownloadResponseParsed,
  BlobSASPermissions,
  BlobServiceClient,
  BlockBlobClient,
  type ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  newPipeline,
  RestError,
  SASProtocol,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BlobError } from "../../src/storage/blob-error.ts";
import { account, type BlobServer, key, makeCertificate, startBlobServer } from "./blob-server.ts";
import { stores } from "./store-kinds.ts";

const certificate = makeCertificate();
const tls = { tlsOptions: { ca: certificate.certificatePem }, retryOptions: { maxTries: 1 } };
const tenantId = "0b1c2d3e-0000-4000-8000-00000000000a";
const reader = "0b1c2d3e-0000-4000-8000-00000000000c";
describe.each(stores)("$kind", ({ keys }) => {
  let directory: string;
  let server: BlobServer;
  let container: ContainerClient;
  /** The actions that the one principal of these tests has, and where. */
  let role: (action: string, container: string) => boolean = () => false;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-operations-"));
    server = await startBlobServer({
      directory,
      certificate,
      keys,
      tokens: {
        tenantId,
        challenge: (url) => `Bearer authorization_uri=${url.origin}/${tenantId}/oauth2/authorize`,
        async authenticate({ headers }) {
          if (headers.get("authorization") === "Bearer good") return { id: reader };
          throw new BlobError("InvalidAuthenticationInfo", "The token is expired.");
        },
        allows: async (id, actions, name) =>
          id === reader && actions.some((action) => role(action, name)),
      },
    });
    container = service().getContainerClient("first");
    await container.create();
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  const endpoint = () => `${server.origin}/${account}`;
  const credential = new StorageSharedKeyCredential(account, key);
  const service = () => new BlobServiceClient(endpoint(), newPipeline(credential, tls));
  const withToken = (token = "good") =>
    new BlobServiceClient(
      endpoint(),
      { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      tls,
    );
  const anonymous = (url: string) =>
    new BlockBlobClient(url, newPipeline(new AnonymousCredential(), tls));

  const bytesOf = async ({ readableStreamBody }: BlobDownloadResponseParsed): Promise<Buffer> =>
    readableStreamBody ? buffer(readableStreamBody) : Buffer.alloc(0);

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

  test("an append blob takes blocks where they are expected", async () => {
    const blob = container.getAppendBlobClient("log.txt");
    await blob.create({ metadata: { team: "net" } });
    const first = await blob.appendBlock("one,", 4);
    expect([first.blobAppendOffset, first.blobCommittedBlockCount]).toEqual(["0", 1]);
    await blob.appendBlock("two", 3, { conditions: { appendPosition: 4, maxSize: 7 } });
    expect((await blob.downloadToBuffer()).toString()).toBe("one,two");
    const properties = await blob.getProperties();
    expect([properties.blobType, properties.blobCommittedBlockCount]).toEqual(["AppendBlob", 2]);
    const refused = [
      blob.appendBlock("x", 1, { conditions: { appendPosition: 4 } }),
      blob.appendBlock("x", 1, { conditions: { maxSize: 7 } }),
      blob.appendBlock("x", 1, { conditions: { ifMatch: '"old"' } }),
      blob.appendBlock("x", 1, { transactionalContentMD5: randomBytes(16) }),
      blob.create({ conditions: { ifNoneMatch: "*" } }),
      container.getBlockBlobClient("log.txt").stageBlock("AAAA", "x", 1),
      container.getAppendBlobClient("nosuch").appendBlock("x", 1),
    ];
    expect(await Promise.all(refused.map(refusal))).toEqual([
      "412 AppendPositionConditionNotMet",
      "412 MaxBlobSizeConditionNotMet",
      "412 ConditionNotMet",
      "400 Md5Mismatch",
      "409 BlobAlreadyExists",
      "409 InvalidBlobType",
      "404 BlobNotFound",
    ]);
    const [item] = await Array.fromAsync(container.listBlobsFlat({ prefix: "log" }));
    expect(item?.properties.blobType).toBe("AppendBlob");
  });

  test("a copy is there when the answer comes, and says where it is from", async () => {
    const source = container.getBlockBlobClient("source ü");
    await source.upload("content", 7, {
      metadata: { team: "net" },
      blobHTTPHeaders: { blobContentType: "text/x" },
    });
    const target = container.getBlockBlobClient("target");
    const poller = await target.beginCopyFromURL(source.url);
    expect((await poller.pollUntilDone()).copyStatus).toBe("success");
    expect((await target.downloadToBuffer()).toString()).toBe("content");
    expect(await target.getProperties()).toMatchObject({
      contentType: "text/x",
      metadata: { team: "net" },
      copySource: source.url,
      copyStatus: "success",
      copyProgress: "7/7",
    });
    await target.syncCopyFromURL(source.url, { metadata: { team: "other" } });
    expect((await target.getProperties()).metadata).toEqual({ team: "other" });
    const [item] = await Array.fromAsync(
      container.listBlobsFlat({ prefix: "targ", includeCopy: true }),
    );
    expect(item?.properties.copySource).toBe(source.url);
    const old = { sourceConditions: { ifMatch: '"old"' } };
    const refused = [
      target.syncCopyFromURL(source.url, old),
      target.syncCopyFromURL(source.url, { conditions: { ifMatch: '"old"' } }),
      target.syncCopyFromURL(container.getBlobClient("nosuch").url),
      target.abortCopyFromURL("0b1c2d3e-0000-4000-8000-00000000000f"),
    ];
    expect(await Promise.all(refused.map(refusal))).toEqual([
      "412 SourceConditionNotMet",
      "412 ConditionNotMet",
      "404 BlobNotFound",
      "409 NoPendingCopyOperation",
    ]);
  });

  test("a SAS for the target does not open the source of a copy", async () => {
    await container.getBlockBlobClient("secret").upload("secret", 6);
    const sign = (blobName: string, permissions: string) => {
      const values = {
        containerName: "first",
        blobName,
        permissions: BlobSASPermissions.parse(permissions),
        expiresOn: new Date(Date.now() + 60_000),
      };
      const query = generateBlobSASQueryParameters(values, credential).toString();
      return `${endpoint()}/first/${blobName}?${query}`;
    };
    const target = anonymous(sign("stolen", "rcw"));
    expect(await refusal(target.syncCopyFromURL(`${endpoint()}/first/secret`))).toBe(
      "404 CannotVerifyCopySource",
    );
    expect(await refusal(target.syncCopyFromURL(sign("secret", "w")))).toBe(
      "403 AuthorizationPermissionMismatch",
    );
    await target.syncCopyFromURL(sign("secret", "r"));
    expect((await target.downloadToBuffer()).toString()).toBe("secret");
    const onlyCreates = anonymous(sign("stolen", "c"));
    expect(await refusal(onlyCreates.syncCopyFromURL(sign("secret", "r")))).toBe(
      "403 AuthorizationPermissionMismatch",
    );
  });

  test("conditions hold for reads and writes, Put Block List among them", async () => {
    const blob = container.getBlockBlobClient("conditional");
    const { etag = "", lastModified = new Date() } = await blob.upload("a", 1);
    const before = new Date(lastModified.getTime() - 60_000);
    const after = new Date(lastModified.getTime() + 60_000);
    const status = (conditions: object) =>
      blob.getProperties({ conditions }).then(
        () => 200,
        (error: RestError) => error.statusCode,
      );
    expect(await status({ ifMatch: etag })).toBe(200);
    expect(await status({ ifNoneMatch: etag })).toBe(304);
    expect(await status({ ifModifiedSince: before })).toBe(200);
    expect(await status({ ifModifiedSince: after })).toBe(304);
    expect(await status({ ifUnmodifiedSince: after })).toBe(200);
    expect(await status({ ifUnmodifiedSince: before })).toBe(412);
    await blob.stageBlock("AAAA", "b", 1);
    const commit = (conditions: object) => blob.commitBlockList(["AAAA"], { conditions });
    expect(await refusal(commit({ ifMatch: '"old"' }))).toBe("412 ConditionNotMet");
    expect(await refusal(commit({ ifNoneMatch: "*" }))).toBe("409 BlobAlreadyExists");
    expect(await refusal(commit({ ifUnmodifiedSince: before }))).toBe("412 ConditionNotMet");
    expect((await blob.downloadToBuffer()).toString()).toBe("a");
    await commit({ ifMatch: etag });
    expect((await blob.downloadToBuffer()).toString()).toBe("b");
    expect(await refusal(blob.delete({ conditions: { ifMatch: etag } }))).toBe(
      "412 ConditionNotMet",
    );
    const conditions = { ifModifiedSince: after };
    expect(await refusal(container.delete({ conditions }))).toBe("412 ConditionNotMet");
  });

  test("of writers with one etag one wins", async () => {
    const blob = container.getBlockBlobClient("contested");
    const { etag = "" } = await blob.upload("0", 1);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        blob.upload(String(index), String(index).length, { conditions: { ifMatch: etag } }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("a range comes with its digest, a suffix is counted from the end", async () => {
    const content = randomBytes(5 << 20);
    const blob = container.getBlockBlobClient("digests");
    await blob.upload(content, content.length);
    const part = content.subarray(10, 1_010);
    const answer = await blob.download(10, 1_000, { rangeGetContentMD5: true });
    expect(Buffer.from(answer.contentMD5 ?? [])).toEqual(createHash("md5").update(part).digest());
    expect(await bytesOf(answer)).toEqual(part);
    const crc64 = await blob.download(10, 1_000, { rangeGetContentCrc64: true });
    expect(crc64.contentCrc64?.length).toBe(8);
    await bytesOf(crc64);
    expect(await refusal(blob.download(0, content.length, { rangeGetContentMD5: true }))).toBe(
      "400 OutOfRangeInput",
    );
    const query = generateBlobSASQueryParameters(
      {
        containerName: "first",
        blobName: "digests",
        permissions: BlobSASPermissions.parse("r"),
        expiresOn: new Date(Date.now() + 60_000),
      },
      credential,
    );
    const url = `${blob.url}?${query.toString()}`;
    const tail = await server.handle(new Request(url, { headers: { "x-ms-range": "bytes=-5" } }));
    expect(tail.headers.get("content-range")).toBe(`bytes 5242875-5242879/${content.length}`);
    expect(Buffer.from(await tail.arrayBuffer())).toEqual(content.subarray(-5));
  });

  test("nobody is let in without a name", async () => {
    expect((await container.getAccessPolicy()).signedIdentifiers).toEqual([]);
    await container.setAccessPolicy();
    expect(await refusal(container.setAccessPolicy("blob"))).toBe("409 PublicAccessNotPermitted");
    const open = service().getContainerClient("open");
    expect(await refusal(open.create({ access: "container" }))).toBe(
      "409 PublicAccessNotPermitted",
    );
    const policy = {
      id: "p",
      accessPolicy: { expiresOn: new Date(), permissions: "r", startsOn: new Date() },
    };
    expect(await refusal(container.setAccessPolicy(undefined, [policy]))).toBe(
      "501 NotImplemented",
    );
  });

  test("a token does what the roles of its owner allow, and no more", async () => {
    await container.getBlockBlobClient("by-token").upload("abc", 3);
    const client = withToken().getContainerClient("first");
    role = () => false;
    expect(await refusal(client.getBlobClient("by-token").download())).toBe(
      "403 AuthorizationPermissionMismatch",
    );
    role = (action, name) => name === "first" && action.endsWith("/containers/blobs/read");
    expect((await client.getBlobClient("by-token").downloadToBuffer()).toString()).toBe("abc");
    expect((await Array.fromAsync(client.listBlobsFlat({ prefix: "by-" }))).length).toBe(1);
    const refused = [
      client.getBlockBlobClient("by-token").upload("x", 1),
      client.getBlobClient("by-token").delete(),
      client.getProperties(),
      withToken().getContainerClient("other").getBlobClient("x").download(),
    ];
    expect(new Set(await Promise.all(refused.map(refusal)))).toEqual(
      new Set(["403 AuthorizationPermissionMismatch"]),
    );
    const expired = withToken("expired").getContainerClient("first").getBlobClient("by-token");
    expect(await refusal(expired.download())).toBe("401 InvalidAuthenticationInfo");
  });

  test("a user delegation SAS allows what both its letters and its signer's roles allow", async () => {
    await container.getBlockBlobClient("delegated").upload("abc", 3);
    role = (action) => /\/blobs\/(read|write)$|generateUserDelegationKey/.test(action);
    const [startsOn, expiresOn] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
    const delegation = await withToken().getUserDelegationKey(startsOn, expiresOn);
    expect(delegation).toMatchObject({ signedObjectId: reader, signedTenantId: tenantId });
    const sign = (version: string, permissions = "rd", value = delegation.value) => {
      const values = {
        version,
        containerName: "first",
        blobName: "delegated",
        permissions: BlobSASPermissions.parse(permissions),
        expiresOn,
        protocol: SASProtocol.Https,
      };
      const query = generateBlobSASQueryParameters(values, { ...delegation, value }, account);
      return anonymous(`${endpoint()}/first/delegated?${query.toString()}`);
    };
    for (const version of ["2018-11-09", "2020-02-10", "2020-12-06", "2025-07-05", "2026-04-06"]) {
      expect((await sign(version).downloadToBuffer()).toString(), version).toBe("abc");
    }
    const refused = [
      sign("2026-04-06").delete(), // the letters, but not the role
      sign("2026-04-06").upload("x", 1), // the role, but not the letters
      sign("2026-04-06", "r", randomBytes(32).toString("base64")).download(),
    ];
    expect(await Promise.all(refused.map(refusal))).toEqual([
      "403 AuthorizationPermissionMismatch",
      "403 AuthorizationPermissionMismatch",
      "403 AuthenticationFailed",
    ]);
    role = () => false;
    expect(await refusal(sign("2026-04-06").download())).toBe(
      "403 AuthorizationPermissionMismatch",
    );
    expect(await refusal(withToken().getUserDelegationKey(startsOn, expiresOn))).toBe(
      "403 AuthorizationPermissionMismatch",
    );
    expect(await refusal(service().getUserDelegationKey(startsOn, expiresOn))).toBe(
      "403 AuthenticationFailed",
    );
  });

  test("a stored access policy and a SAS of a container used above it are refused", async () => {
    const policy = generateBlobSASQueryParameters(
      { containerName: "first", identifier: "policy" },
      credential,
    );
    const byPolicy = anonymous(`${endpoint()}/first/x?${policy.toString()}`);
    await expect(byPolicy.download()).rejects.toMatchObject({ statusCode: 403 });
    const values = {
      containerName: "first",
      permissions: ContainerSASPermissions.parse("racwdl"),
      expiresOn: new Date(Date.now() + 60_000),
    };
    const query = generateBlobSASQueryParameters(values, credential).toString();
    const answer = await server.handle(
      new Request(`${endpoint()}/first?restype=container&${query}`, { method: "DELETE" }),
    );
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-ms-error-code")).toBe("AuthorizationPermissionMismatch");
    expect(await answer.text()).toContain("<Code>AuthorizationPermissionMismatch</Code>");
  });

  test("every answer names its request and repeats the version", async () => {
    const headers = { "x-ms-version": "2023-11-03", "x-ms-client-request-id": "mine" };
    const answer = await server.handle(new Request(`${endpoint()}/first/x`, { headers }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer authorization_uri=/);
    expect(answer.headers.get("x-ms-version")).toBe("2023-11-03");
    expect(answer.headers.get("x-ms-client-request-id")).toBe("mine");
    expect(answer.headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const strange = { "x-ms-version": "latest" };
    const refused = await server.handle(new Request(`${endpoint()}/first/x`, { headers: strange }));
    expect([refused.status, refused.headers.get("x-ms-error-code")]).toEqual([
      400,
      "InvalidHeaderValue",
    ]);
  });
});
