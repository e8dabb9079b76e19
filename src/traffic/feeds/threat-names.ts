import { type ThreatType, threatTypes } from "./threat-list.ts";

/** Words of STIX's vocabularies (STIX 2.1, 10.7 and 10.13; 2.0, 6.6) and of common lists. */
const words: Readonly<Record<string, ThreatType>> = {
  anonymization: "Proxy",
  proxy: "Proxy",
  vpn: "Proxy",
  tor: "DarkNet",
  darknet: "DarkNet",
  botnet: "Botnet",
  bot: "Botnet",
  compromised: "Botnet",
  c2: "C2",
  cc: "C2",
  commandandcontrol: "C2",
  cryptomining: "CryptoMining",
  cryptominer: "CryptoMining",
  resourceexploitation: "CryptoMining",
  miner: "CryptoMining",
  ddos: "DDos",
  dos: "DDos",
  maliciousurl: "MaliciousUrl",
  malware: "Malware",
  trojan: "Malware",
  ransomware: "Malware",
  worm: "Malware",
  phishing: "Phishing",
  pua: "PUA",
  adware: "PUA",
  watchlist: "WatchList",
};

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
const byWord = new Map<string, ThreatType>([
  ...Object.entries(words),
  ...threatTypes.map((type) => [plain(type), type] as const),
]);

/** Azure's ThreatType of the first word that has one; undefined when none does. */
export function threatTypeOf(labels: readonly string[]): ThreatType | undefined {
  for (const label of labels) {
    const type = byWord.get(plain(label));
    if (type) return type;
  }
  return undefined;
}
