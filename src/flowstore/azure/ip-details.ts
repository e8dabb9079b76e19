import { addressText } from "./expressions.ts";
import type { Expressions } from "./view.ts";

const fact = (name: string): string => `simpleJSONExtractString(a.place, '${name}')`;

/** Region of an Azure address, "Global" for the platform's own, else the country. */
const location = `multiIf(${addressText("a.address")} = '168.63.129.16', 'Global',
  a.flowType = 'AzurePublic' AND ${fact("region")} != '', ${fact("region")}, ${fact("country")})`;

const details = `multiIf(${addressText("a.address")} = '168.63.129.16', 'Microsoft Virtual Public IP',
  ${fact("serviceTag")} != '', ${fact("serviceTag")}, ${fact("asOwner")})`;

const end = "a.start + toIntervalMinute(a.intervalMinutes)";

export const ipDetails: Expressions = {
  FaSchemaVersion: "'3'",
  FlowIntervalStartTime: "a.start",
  FlowIntervalEndTime: end,
  FlowType: "a.flowType",
  Ip: addressText("a.address"),
  _IsBillable: "'False'",
  Location: location,
  Port: "a.port",
  PublicIpDetails: details,
  SourceSystem: "'Nightcap'",
  SubType: "'FlowLog'",
  ThreatDescription: fact("threatDescription"),
  ThreatType: fact("threatType"),
  TimeGenerated: "a.lastTime",
  Type: "'NTAIpDetails'",
};

export const legacyIpDetails: Expressions = {
  SubType_s: "'FlowLog'",
  FASchemaVersion_s: "'2'",
  FlowIntervalStartTime_t: "a.start",
  FlowIntervalEndTime_t: end,
  FlowType_s: "a.flowType",
  IP_s: addressText("a.address"),
  Location_s: location,
  PublicIPDetails_s: details,
  ThreatType_s: fact("threatType"),
  ThreatDescription_s: fact("threatDescription"),
  Port_d: "a.port",
  TimeGenerated: "a.lastTime",
};
