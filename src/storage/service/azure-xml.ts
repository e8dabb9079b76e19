import { XMLParser } from "fast-xml-parser";
import { BlobError, type BlobErrorCode } from "../blob-error.ts";
import { blockCountMax, type BlockListEntry } from "../blob-store.ts";

const declaration = '<?xml version="1.0" encoding="utf-8"?>';

/** Text with all that XML would read otherwise replaced; for names use `nameElement`. */
export const escapeXml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** `<name>text</name>`; nothing when `text` is null. */
export const element = (name: string, text: string | number | null): string =>
  text === null ? "" : `<${name}>${escapeXml(String(text))}</${name}>`;

export const wrap = (name: string, inner: string, attributes = ""): string =>
  `<${name}${attributes}>${inner}</${name}>`;

export const xmlDocument = (root: string): string => declaration + root;

const unsafeInXml = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]|^\s|\s$/u;

/** A blob's name as List Blobs writes it: percent-encoded and marked so when XML could not carry it. */
export const nameElement = (name: string): string =>
  unsafeInXml.test(name)
    ? `<Name Encoded="true">${escapeXml(encodeURIComponent(name.toWellFormed()))}</Name>`
    : element("Name", name);

/**
 * Azure's error document. Clients show people the message alone, so details go there; Azure itself keeps
 * those of a failed authentication apart.
 */
export function errorDocument(code: BlobErrorCode, message: string, detail: string | null): string {
  const apart = code === "AuthenticationFailed" || code === "InvalidAuthenticationInfo";
  const text = apart || detail === null ? message : `${message} ${detail}`;
  const more = element("AuthenticationErrorDetail", apart ? detail : null);
  return xmlDocument(wrap("Error", element("Code", code) + element("Message", text) + more));
}

const blockListParser = new XMLParser({
  preserveOrder: true,
  parseTagValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  processEntities: false,
});

/** Reads the body of Put Block List, in its order. Throws `InvalidXmlDocument`, `BlockListTooLong`. */
export function parseBlockList(xml: string): BlockListEntry[] {
  if (xml.includes("<!"))
    throw new BlobError("InvalidXmlDocument", "Declarations are not allowed.");
  const children = childrenOf(parseOrdered(xml), "BlockList");
  if (!children) throw new BlobError("InvalidXmlDocument", "The root must be BlockList.");
  if (children.length > blockCountMax) throw new BlobError("BlockListTooLong");
  return children.map(readBlockListEntry);
}

function parseOrdered(xml: string): unknown {
  try {
    return blockListParser.parse(xml, true);
  } catch (cause) {
    throw new BlobError("InvalidXmlDocument", null, { cause });
  }
}

function readBlockListEntry(node: unknown): BlockListEntry {
  for (const from of ["Committed", "Uncommitted", "Latest"] as const) {
    const children = childrenOf([node], from);
    if (!children) continue;
    const text: unknown = (children[0] as Record<string, unknown> | undefined)?.["#text"];
    return { id: typeof text === "string" ? text : "", from };
  }
  throw new BlobError("InvalidXmlDocument", "Committed, Uncommitted and Latest are allowed.");
}

/** In fast-xml-parser's ordered form, the children of the one element `name`; null when it is not that. */
function childrenOf(nodes: unknown, name: string): unknown[] | null {
  if (!Array.isArray(nodes) || nodes.length !== 1) return null;
  const children: unknown = (nodes[0] as Record<string, unknown> | undefined)?.[name];
  return Array.isArray(children) ? children : null;
}
