import { z } from "zod";
import { captureObservation, captureSpec } from "../capture/session.ts";
import { answerError, hostAnswer, hostQuestion } from "../diagnosis/question.ts";
import { flowLogsState, wantedFlowLogs } from "../common/flow-log-spec.ts";
import { blocksState, wantedBlocks } from "../common/block-spec.ts";
import { ownerFigures } from "../common/owner-figures.ts";
import { hostFacts } from "../common/host-facts.ts";
import { hostState } from "../common/host-state.ts";
import { hostSample } from "../metric/sample.ts";
import { flowsAnswer, flowsMessage } from "./flow-messages.ts";

/** Changes when an older peer could not understand a newer one. */
export const protocolVersion = 8;
/** From this version on a host takes questions; an older one would end the connection at the first. */
export const questionProtocolVersion = 2;
/** From this version on a host takes flow logs, and sends flows to a control plane that asked for them. */
export const flowLogProtocolVersion = 3;
/** From this version on a host takes look-back; an older one would end the connection at the first. */
export const lookBackProtocolVersion = 4;
/** From this version on a host takes blocks, and questions about them. */
export const blockProtocolVersion = 5;
/** From this version on a host says what a capture would be given. */
export const previewProtocolVersion = 6;
/** From this version on a host says how it stands when it is asked to. */
export const hostStateProtocolVersion = 7;
/** From this version on a host lets a recording go on for longer when it is sent the session again. */
export const extendProtocolVersion = 8;
const sampleCountMax = 600;
const sessionCountMax = 10_000;

/** What the control plane wants of a host. Each may arrive twice; doing it again changes nothing. */
export const agentCommand = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("startCapture"), spec: captureSpec }),
  z.strictObject({ kind: z.literal("stopCapture"), sessionId: z.uuid() }),
  /** Forget the session's record and unfinished parts; a running one is stopped; the file stays. */
  z.strictObject({ kind: z.literal("forgetCapture"), sessionId: z.uuid() }),
  /** All flow logs of the host; sent on each connection, also when nothing changed. */
  z.strictObject({ kind: z.literal("setFlowLogs"), wanted: wantedFlowLogs }),
  /** All blocks of the host, with what is left of each. */
  z.strictObject({ kind: z.literal("setBlocks"), wanted: wantedBlocks }),
]);

/** From the control plane to an agent. */
export const serverMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("command"), commandId: z.uuid(), command: agentCommand }),
  /** Asked while somebody waits; one whose answer is lost is not asked again. */
  z.object({ type: z.literal("question"), questionId: z.uuid(), question: hostQuestion }),
  flowsAnswer,
  /** From now on, on this connection, the host's state is taken. */
  z.object({ type: z.literal("hostStateWanted") }),
]);

/** From an agent to the control plane. */
export const agentMessage = z.discriminatedUnion("type", [
  /** First after every connect: who and what the host is, and the state of all its sessions. */
  z.object({
    type: z.literal("hello"),
    protocolVersion: z.int(),
    agentVersion: z.string().max(64),
    facts: hostFacts,
    sessions: z.array(captureObservation).max(sessionCountMax),
    /** Absent: the host is too old. */
    flowLogs: flowLogsState.optional(),
    blocks: blocksState.optional(),
  }),
  z.object({
    type: z.literal("samples"),
    samples: z.array(hostSample).min(1).max(sampleCountMax),
    /** Of the watch over sockets now, where there is one; an older control plane passes it over. */
    owners: ownerFigures.optional(),
  }),
  flowsMessage,
  z.object({ type: z.literal("flowLogsObserved"), state: flowLogsState }),
  z.object({ type: z.literal("blocksObserved"), state: blocksState }),
  z.object({ type: z.literal("hostObserved"), state: hostState }),
  z.object({ type: z.literal("captureObserved"), observation: captureObservation }),
  z.object({
    type: z.literal("commandDone"),
    commandId: z.uuid(),
    error: z.object({ code: z.string().max(64), message: z.string().max(2_000) }).nullable(),
  }),
  z.object({
    type: z.literal("answer"),
    questionId: z.uuid(),
    /** Null when there is an error. */
    answer: hostAnswer.nullable(),
    error: answerError.nullable(),
  }),
]);

export type AgentCommand = z.infer<typeof agentCommand>;
export type ServerMessage = z.infer<typeof serverMessage>;
export type AgentMessage = z.infer<typeof agentMessage>;
