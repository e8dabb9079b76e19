/** What an object or array of a flow log is for. */
export type FrameRole =
  /** A member that nobody reads, and all in it. */
  | "ignored"
  /** An array of records. */
  | "records"
  /** An object in it; one that has `records` itself holds records in turn. */
  | "record"
  /** What is between a record and its tuples: properties, flowRecords, flows, flowGroups. */
  | "part"
  /** flowTuples. */
  | "tuples";

/** Members that are read, in lower case: spelling varies between exporters. */
const members = {
  records: "records",
  properties: "part",
  flowrecords: "part",
  flows: "part",
  flowgroups: "part",
  flowtuples: "tuples",
  rule: "rule",
  aclid: "aclId",
  mac: "macAddress",
  macaddress: "macAddress",
  flowlogresourceid: "flowLogId",
  targetresourceid: "targetId",
  resourceid: "resourceId",
  version: "version",
  flowlogversion: "version",
} as const;

export type Member = (typeof members)[keyof typeof members] | "ignored";

type TextMember = Exclude<Member, "ignored" | "records" | "part" | "tuples">;

export function isTextMember(member: Member): member is TextMember {
  return !["ignored", "records", "part", "tuples"].includes(member);
}

const memberOfName = new Map<string, Member>(Object.entries(members));

export function memberOf(name: string): Member {
  return memberOfName.get(name) ?? memberOfName.get(name.toLowerCase()) ?? "ignored";
}

/** One open object or array, and what has been said in it. Used again for the next one of the same depth. */
export interface Frame {
  role: FrameRole;
  isArray: boolean;
  /** The number of groups when it was opened. */
  firstGroup: number;
  rule: string | null;
  aclId: string | null;
  macAddress: string | null;
  flowLogId: string | null;
  targetId: string | null;
  resourceId: string | null;
  /** 0 when it has not been said. */
  version: number;
  /** A record that holds records. */
  isContainer: boolean;
}

export function createFrame(): Frame {
  return {
    role: "ignored",
    isArray: false,
    firstGroup: 0,
    rule: null,
    aclId: null,
    macAddress: null,
    flowLogId: null,
    targetId: null,
    resourceId: null,
    version: 0,
    isContainer: false,
  };
}

/** Begins a frame; a record inherits what the record around it has said, such as a MAC address at the top. */
export function resetFrame(frame: Frame, outer: Frame | undefined): void {
  frame.rule = null;
  frame.aclId = null;
  frame.macAddress = outer?.macAddress ?? null;
  frame.flowLogId = outer?.flowLogId ?? null;
  frame.targetId = outer?.targetId ?? null;
  frame.resourceId = outer?.resourceId ?? null;
  frame.version = outer?.version ?? 0;
  frame.isContainer = false;
}
