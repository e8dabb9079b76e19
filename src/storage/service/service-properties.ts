import { XMLParser } from "fast-xml-parser";
import { BlobError } from "../blob-error.ts";

const parser = new XMLParser({
  parseTagValue: false,
  ignoreDeclaration: true,
  processEntities: false,
});

/** Elements that may be there when nothing is switched on by them. */
const harmless: ReadonlySet<string> = new Set([
  "Version",
  "Enabled",
  "Delete",
  "Read",
  "Write",
  "IncludeAPIs",
  "AllowPermanentDelete",
  "Days",
]);

/**
 * Set Blob Service Properties, of a service that has none of what can be switched on: what asks for
 * things to be off is true already, and anything else is refused by its name.
 */
export function checkServiceProperties(xml: string): void {
  const root = parse(xml)["StorageServiceProperties"];
  if (root === undefined) {
    throw new BlobError("InvalidXmlDocument", "The root must be StorageServiceProperties.");
  }
  checkNode(root, []);
}

function parse(xml: string): Record<string, unknown> {
  if (xml.includes("<!"))
    throw new BlobError("InvalidXmlDocument", "Declarations are not allowed.");
  try {
    return parser.parse(xml, true) as Record<string, unknown>;
  } catch (cause) {
    throw new BlobError("InvalidXmlDocument", null, { cause });
  }
}

function checkNode(node: unknown, path: readonly string[]): void {
  if (typeof node === "object" && node !== null) {
    for (const [name, child] of Object.entries(node)) checkNode(child, [...path, name]);
    return;
  }
  const name = path.at(-1) ?? "";
  if (node === "" && path.length <= 1) return; // <Cors/>
  if (harmless.has(name) && node !== "true") return;
  throw new BlobError(
    "NotImplemented",
    `SetServiceProperties with ${path.join("/")}: ${String(node).slice(0, 100)}.`,
  );
}
