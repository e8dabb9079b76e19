// The part of S3 that a reader needs, with signatures checked (Signature Version 4), over loopback.
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Bytes after which the next answers with objects are cut, one number an answer. */
  readonly cuts: number[];
  /** Statuses that the next requests are answered with instead. */
  readonly failures: number[];
  readonly requests: string[];
  close(): Promise<void>;
}

export const s3AccessKeyId = "AKIDTEST";
export const s3SecretAccessKey = "the secret of the test bucket";
export const s3Bucket = "flow-bucket";
const region = "eu-test-1";
const keysPerPage = 2;

export async function startS3Server(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const [cuts, failures, requests]: [number[], number[], string[]] = [[], [], []];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const failure = failures.shift();
    if (failure !== undefined) return refuse(response, failure, "InternalError");
    if (!isSigned(request)) return refuse(response, 403, "SignatureDoesNotMatch");
    const url = new URL(request.url ?? "", "http://s3");
    const [, bucket = "", ...rest] = url.pathname.split("/");
    if (bucket !== s3Bucket) return refuse(response, 404, "NoSuchBucket");
    if (rest.length === 0) return list(url.searchParams, objects, response);
    sendObject(rest.map(decodeURIComponent).join("/"), { request, response, objects, cuts });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    cuts,
    failures,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

export const s3Variables = {
  AWS_ACCESS_KEY_ID: s3AccessKeyId,
  AWS_SECRET_ACCESS_KEY: s3SecretAccessKey,
  AWS_REGION: region,
};

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<Error><Code>${code}</Code><Message>refused by the test</Message></Error>`);
}

function list(query: URLSearchParams, objects: Map<string, Buffer>, response: ServerResponse) {
  const after = query.get("continuation-token") ?? "";
  const prefix = query.get("prefix") ?? "";
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(prefix) && name > after)
    .toSorted();
  const page = names.slice(0, keysPerPage);
  const entries = page.map((name) => {
    const bytes = objects.get(name) ?? Buffer.alloc(0);
    return `<Contents><Key>${encodeURIComponent(name)}</Key><LastModified>2026-11-21T10:00:00.000Z</LastModified><ETag>&quot;${md5(bytes)}&quot;</ETag><Size>${bytes.length}</Size></Contents>`;
  });
  const isCut = page.length < names.length;
  const token = isCut ? `<NextContinuationToken>${page.at(-1) ?? ""}</NextContinuationToken>` : "";
  response.end(
    `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isCut}</IsTruncated>${token}${entries.join("")}</ListBucketResult>`,
  );
}

interface ObjectRequest {
  request: IncomingMessage;
  response: ServerResponse;
  objects: Map<string, Buffer>;
  cuts: number[];
}

function sendObject(name: string, { request, response, objects, cuts }: ObjectRequest): void {
  const bytes = objects.get(name);
  if (!bytes) return refuse(response, 404, "NoSuchKey");
  const etag = `"${md5(bytes)}"`;
  if ((request.headers["if-match"] ?? etag) !== etag)
    return refuse(response, 412, "PreconditionFailed");
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = bytes.subarray(Number(first ?? 0), Number(last ?? bytes.length - 1) + 1);
  response.writeHead(206, { "content-length": part.length, etag });
  const cut = cuts.shift();
  if (cut === undefined) response.end(part);
  else response.write(part.subarray(0, cut), () => response.destroy());
}

const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

/** Signature Version 4 as the S3 API reference describes it, computed from the request as it came. */
function isSigned(request: IncomingMessage): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const match = pattern.exec(request.headers.authorization ?? "");
  const [, id, day = "", zone = "", names = "", signature] = match ?? [];
  if (id !== s3AccessKeyId || zone !== region) return false;
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const header = (name: string): string => String(request.headers[name] ?? "").trim();
  const canonical = [
    request.method ?? "",
    path.split("/").map(canonicalName).join("/"),
    canonicalQuery(query),
    ...names.split(";").map((name) => `${name}:${header(name)}`),
    "",
    names,
    header("x-amz-content-sha256"),
  ].join("\n");
  const scope = `${day}/${zone}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${header("x-amz-date")}\n${scope}\n${sha256(canonical)}`;
  const keys = [day, zone, "s3", "aws4_request"];
  const key = keys.reduce<string | Buffer>(hmac, `AWS4${s3SecretAccessKey}`);
  return hmac(key, text).toString("hex") === signature;
}

const canonicalName = (text: string): string =>
  encodeURIComponent(decodeURIComponent(text)).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalQuery = (query: string): string =>
  [...new URLSearchParams(query)]
    .map(
      ([name, value]) =>
        `${canonicalName(encodeURIComponent(name))}=${canonicalName(encodeURIComponent(value))}`,
    )
    .toSorted()
    .join("&");
