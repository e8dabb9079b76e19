import { element, nameElement, wrap, xmlDocument } from "./azure-xml.ts";
import { blobHeaders } from "./blob-headers.ts";
import type { BlobRequest } from "./blob-request.ts";
import { encodeMarker, type ListingOptions } from "./listing-request.ts";
import type {
  BlobPage,
  BlobProperties,
  Block,
  BlockList,
  ContainerProperties,
  ListQuery,
  Metadata,
} from "../blob-store.ts";

/** An XML answer as Azure writes it. */
export function xmlResponse(root: string, headers: Record<string, string> = {}): Response {
  return new Response(xmlDocument(root), {
    status: 200,
    headers: { ...headers, "content-type": "application/xml" },
  });
}

const metadataXml = (metadata: Metadata): string => {
  const entries = Object.entries(metadata).map(([name, value]) => element(name, value));
  return wrap("Metadata", entries.join(""));
};

function blobXml(
  properties: BlobProperties,
  { withMetadata, withCopy, withLegalHold }: ListingOptions,
): string {
  const headers = blobHeaders(properties);
  const inner = [
    element("Creation-Time", headers["x-ms-creation-time"] ?? null),
    element("Last-Modified", headers["last-modified"] ?? null),
    element("Etag", properties.etag.replaceAll('"', "")),
    element("Content-Length", properties.sizeBytes),
    element("Content-Type", properties.contentType),
    element("Content-Encoding", properties.contentEncoding ?? ""),
    element("Content-Language", properties.contentLanguage ?? ""),
    element("Content-MD5", properties.contentMd5),
    element("Content-Disposition", properties.contentDisposition ?? ""),
    element("Cache-Control", properties.cacheControl ?? ""),
    element("BlobType", headers["x-ms-blob-type"] ?? null),
    ...(withCopy ? [copyXml(properties)] : []),
    ...(withLegalHold ? [element("LegalHold", String(properties.legalHold))] : []),
    "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>",
    element("ServerEncrypted", String(properties.isEncrypted)),
  ];
  const metadata = withMetadata ? metadataXml(properties.metadata) : "";
  return wrap("Blob", nameElement(properties.name) + wrap("Properties", inner.join("")) + metadata);
}

function copyXml({ copy, sizeBytes }: BlobProperties): string {
  if (!copy) return "";
  return [
    element("CopyId", copy.id),
    element("CopyStatus", "success"),
    element("CopySource", copy.source),
    element("CopyProgress", `${sizeBytes}/${sizeBytes}`),
    element("CopyCompletionTime", new Date(copy.completedAt).toUTCString()),
  ].join("");
}

function containerXml(properties: ContainerProperties, withMetadata: boolean): string {
  const inner = [
    element("Last-Modified", new Date(properties.lastModified).toUTCString()),
    element("Etag", properties.etag),
    "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>",
    "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>",
  ];
  const metadata = withMetadata ? metadataXml(properties.metadata) : "";
  return wrap(
    "Container",
    element("Name", properties.name) + wrap("Properties", inner.join("")) + metadata,
  );
}

const endpointOf = ({ url, account }: BlobRequest): string => `${url.origin}/${account}/`;

const queryXml = ({ prefix, marker, limit, delimiter }: ListQuery): string =>
  element("Prefix", prefix ?? null) +
  element("Marker", marker ?? null) +
  element("MaxResults", limit ?? null) +
  element("Delimiter", delimiter ?? null);

export function blobListResponse(
  request: BlobRequest,
  options: ListingOptions,
  page: BlobPage,
): Response {
  const prefixes = page.prefixes.map((name) => wrap("BlobPrefix", nameElement(name)));
  const blobs = page.blobs.map((properties) => blobXml(properties, options));
  const inner =
    queryXml(options.query) +
    wrap("Blobs", [...prefixes, ...blobs].join("")) +
    element("NextMarker", encodeMarker(page.nextMarker));
  const endpoint = escapeAttribute(endpointOf(request));
  const attributes = ` ServiceEndpoint="${endpoint}" ContainerName="${escapeAttribute(request.container)}"`;
  return xmlResponse(wrap("EnumerationResults", inner, attributes));
}

export function containerListResponse(
  request: BlobRequest,
  { query, withMetadata }: ListingOptions,
  page: { containers: readonly ContainerProperties[]; nextMarker: string | null },
): Response {
  const containers = page.containers.map((properties) => containerXml(properties, withMetadata));
  const inner =
    queryXml(query) +
    wrap("Containers", containers.join("")) +
    element("NextMarker", encodeMarker(page.nextMarker));
  const attributes = ` ServiceEndpoint="${escapeAttribute(endpointOf(request))}"`;
  return xmlResponse(wrap("EnumerationResults", inner, attributes));
}

const escapeAttribute = (text: string): string => element("a", text).slice(3, -4);

export function blockListXml(list: BlockList, which: string): string {
  const blocks = (name: string, entries: readonly Block[]): string => {
    const lines = entries.map(({ id, sizeBytes }) =>
      wrap("Block", element("Name", id) + element("Size", sizeBytes)),
    );
    return wrap(name, lines.join(""));
  };
  return wrap(
    "BlockList",
    (which === "uncommitted" ? "" : blocks("CommittedBlocks", list.committed)) +
      (which === "committed" ? "" : blocks("UncommittedBlocks", list.uncommitted)),
  );
}

/** Get Blob Service Properties of a service with nothing switched on. */
export const servicePropertiesXml: string = (() => {
  const retention = "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";
  const metrics = `<Version>1.0</Version><Enabled>false</Enabled>${retention}`;
  const logging = `<Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>${retention}`;
  return wrap(
    "StorageServiceProperties",
    `${wrap("Logging", logging)}${wrap("HourMetrics", metrics)}${wrap("MinuteMetrics", metrics)}<Cors/>` +
      "<DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>" +
      "<StaticWebsite><Enabled>false</Enabled></StaticWebsite>",
  );
})();
