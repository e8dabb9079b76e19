import { ipv6Text } from "../../analysis/addresses.ts";
import type { CertificateFacts } from "../../analysis/tls.ts";
import { derChildren, derText, derTime, readDer, type DerElement } from "./der.ts";

const tag = { objectIdentifier: 6, octetString: 4, version: 0xa0, extensions: 0xa3 } as const;
const alternativeName = { dns: 0x82, ip: 0x87 } as const;
const alternativeNameCountMax = 50;

// Object identifiers in their encoding.
const commonName = [0x55, 0x04, 0x03];
const organization = [0x55, 0x04, 0x0a];
const organizationalUnit = [0x55, 0x04, 0x0b];
const subjectAlternativeName = [0x55, 0x1d, 0x11];

/** Reads an X.509 certificate (RFC 5280, 4.1) at `start`; null when it is none or is cut. */
export function readCertificate(
  bytes: Uint8Array,
  start: number,
  end: number,
): CertificateFacts | null {
  const certificate = readDer(bytes, start, end);
  const toBeSigned = certificate && derChildren(bytes, certificate)[0];
  if (!toBeSigned) return null;
  const parts = derChildren(bytes, toBeSigned);
  if (parts[0]?.tag === tag.version) parts.shift();
  const [, , issuer, validity, subject] = parts;
  if (!issuer || !validity || !subject) return null;
  const [notBefore, notAfter] = derChildren(bytes, validity);
  const extensions = parts.find((part) => part.tag === tag.extensions);
  return {
    commonName: attribute(bytes, subject, commonName),
    alternativeNames: extensions ? alternativeNames(bytes, extensions) : [],
    issuer: issuerName(bytes, issuer),
    notBeforeSeconds: notBefore ? derTime(bytes, notBefore) : null,
    notAfterSeconds: notAfter ? derTime(bytes, notAfter) : null,
    isSelfSigned: equalContent(bytes, issuer, subject),
  };
}

function issuerName(bytes: Uint8Array, issuer: DerElement): string {
  return (
    attribute(bytes, issuer, commonName) ||
    attribute(bytes, issuer, organization) ||
    attribute(bytes, issuer, organizationalUnit)
  );
}

/** The last value of an attribute in a name, which is a list of sets of attributes. */
function attribute(bytes: Uint8Array, name: DerElement, identifier: readonly number[]): string {
  for (const set of derChildren(bytes, name).toReversed()) {
    for (const pair of derChildren(bytes, set)) {
      const [type, value] = derChildren(bytes, pair);
      if (type && value && isIdentifier(bytes, type, identifier)) return derText(bytes, value);
    }
  }
  return "";
}

/** RFC 5280, 4.2.1.6: names of hosts and addresses. */
function alternativeNames(bytes: Uint8Array, extensions: DerElement): string[] {
  const list = derChildren(bytes, extensions)[0];
  for (const extension of list ? derChildren(bytes, list) : []) {
    const [type, ...rest] = derChildren(bytes, extension);
    const value = rest.at(-1);
    if (!type || !value || !isIdentifier(bytes, type, subjectAlternativeName)) continue;
    const names = readDer(bytes, value.start, value.end);
    return names ? generalNames(bytes, names) : [];
  }
  return [];
}

function generalNames(bytes: Uint8Array, names: DerElement): string[] {
  const texts: string[] = [];
  for (const name of derChildren(bytes, names)) {
    if (texts.length >= alternativeNameCountMax) break;
    if (name.tag === alternativeName.dns) texts.push(derText(bytes, name));
    const size = name.end - name.start;
    const address = bytes.subarray(name.start, name.end);
    if (name.tag === alternativeName.ip && size === 4) texts.push(address.join("."));
    if (name.tag === alternativeName.ip && size === 16) texts.push(ipv6Text(address));
  }
  return texts;
}

function isIdentifier(
  bytes: Uint8Array,
  element: DerElement,
  identifier: readonly number[],
): boolean {
  return (
    element.tag === tag.objectIdentifier &&
    element.end - element.start === identifier.length &&
    identifier.every((byte, index) => bytes[element.start + index] === byte)
  );
}

function equalContent(bytes: Uint8Array, one: DerElement, other: DerElement): boolean {
  if (one.end - one.start !== other.end - other.start) return false;
  for (let index = one.end - one.start - 1; index >= 0; index--)
    if (bytes[one.start + index] !== bytes[other.start + index]) return false;
  return true;
}
