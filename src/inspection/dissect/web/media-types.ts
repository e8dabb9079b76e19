// Wireshark's names for what is in a body, by media type.
const xmlTypes =
  "application/xml text/xml application/soap+xml application/atom+xml application/rss+xml application/rdf+xml " +
  "application/mathml+xml application/xslt+xml application/xml-dtd image/svg+xml application/auth-policy+xml " +
  "application/ccmp+xml application/conference-info+xml application/cpl+xml application/dds-web+xml " +
  "application/im-iscomposing+xml application/load-control+xml application/media_control+xml application/note+xml " +
  "application/pidf+xml application/pidf-diff+xml application/poc-settings+xml application/reginfo+xml " +
  "application/resource-lists+xml application/rlmi+xml application/rls-services+xml application/rs-metadata+xml " +
  "application/simple-filter+xml application/simple-message-summary+xml application/simservs+xml " +
  "application/upp-directory+xml application/watcherinfo+xml application/x-crd+xml application/xcap-att+xml " +
  "application/xcap-caps+xml application/xcap-diff+xml application/xcap-el+xml application/xcap-error+xml " +
  "application/xcap-ns+xml application/xpidf+xml application/3gpp-ims+xml application/vnd.wv.csp+xml " +
  "application/vnd.wv.csp.xml application/x-wms-logconnectstats application/x-wms-logplaystats " +
  "application/x-wms-sendevent message/imdn+xml text/vnd.wap.wml text/vnd.wap.si text/vnd.wap.sl text/vnd.wap.co text/vnd.wap.emn";

const jsonTypes =
  "application/json application/json-patch+json application/json-rpc application/jsonrequest " +
  "application/merge-patch+json application/problem+json application/senml+json application/sensml+json " +
  "application/vnd.oma.lwm2m+json application/x-ndjson application/dds-web+json";

const textTypes =
  "text/plain text/html text/css text/javascript text/enriched text/richtext text/parameters application/x-javascript " +
  "application/x-ns-proxy-autoconfig application/xml-external-parsed-entity text/xml-external-parsed-entity " +
  "text/vnd.sun.j2me.app-descriptor application/vnd.drm.message application/vnd.poc.refer-to " +
  "application/x-rtsp-udp-packetpair application/x-tia-p25-issi application/x-tia-p25-sndcp text/x-ref-list text/x-ref-simple";

const wbxmlTypes =
  "application/vnd.ms-sync application/vnd.ms-sync.wbxml application/vnd.syncml+wbxml application/vnd.syncml.dm+wbxml " +
  "application/vnd.wap.wbxml application/vnd.wap.wmlc application/vnd.wap.sic application/vnd.wap.slc application/vnd.wap.coc " +
  "application/vnd.wap.connectivity-wbxml application/vnd.wv.csp.wbxml";

const others: Readonly<Record<string, string>> = {
  "application/x-www-form-urlencoded": "urlencoded-form",
  "application/ocsp-request": "ocsp",
  "application/ocsp-response": "ocsp",
  "application/octet-stream": "data",
  "application/dns-message": "dns",
  "application/cbor": "cbor",
  "application/senml+cbor": "cbor",
  "application/cose": "cose",
  "application/cose-key-set": "cose",
  "application/ms-tnef": "tnef",
  "application/pkix-cert": "pkix-cert",
  "application/pkixcmp": "cmp",
  "application/x-pkixcmp": "cmp",
  "application/timestamp-query": "pkixtsp",
  "application/timestamp-reply": "pkixtsp",
  "application/pkcs10": "pkcs10.CertificationRequest_element",
  "application/pkcs7-mime": "cms.ContentInfo_element",
  "application/pkcs7-signature": "cms.ContentInfo_element",
  "application/sdp": "sdp",
  "application/isup": "isup",
  "application/smil": "smil",
  "application/vnd.3gpp.sms": "gsm_a.rp",
  "application/vnd.fdo.journal": "systemd_journal",
  "application/vnd.oma.lwm2m+tlv": "lwm2mtlv",
  "application/vnd.wap.mms-message": "mmse",
  "application/oma-supl-ulp": "ulp",
  "application/vnd.omaloc-supl-init": "ulp",
  "application/oma-supl-ilp": "ilp",
  "application/x-amf": "amf",
  "application/x-dmap-tagged": "daap",
  "application/x-git-upload-pack-advertisement": "git",
  "application/x-git-upload-pack-request": "git",
  "application/x-git-upload-pack-result": "git",
  "application/x-msn-messenger": "msnms",
  "application/cpim-pidf+xml": "presence",
  "application/ipp": "ipp",
  "message/rfc822": "imf",
  "message/sipfrag": "sipfrag",
};

const names = new Map(Object.entries(others));
for (const [name, types] of [
  ["xml", xmlTypes],
  ["json", jsonTypes],
  ["data-text-lines", textTypes],
  ["wbxml", wbxmlTypes],
] as const)
  for (const type of types.split(" ")) names.set(type, name);

/** Organisations whose every XML type is known. */
const xmlFamilies = /^application\/vnd\.(?:3gpp2?|etsi|oma|omads)[.-].*\+xml$/;

/** The protocol that bodies of a media type (in small letters, without parameters) are; null for none. */
export function protocolOfMediaType(type: string): string | null {
  return names.get(type) ?? (xmlFamilies.test(type) ? "xml" : null);
}
