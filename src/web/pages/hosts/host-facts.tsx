import { useTranslation } from "react-i18next";
import type { WholeHost } from "../../api/hosts.ts";
import { Ago } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./hosts.module.css";

interface Fact {
  words: string;
  value: React.ReactNode;
}

/** What the host is, its agent and what that may use. */
export function HostFacts({ host }: { host: WholeHost }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("host.agent")}>
      <Facts facts={useAgentFacts(host)} />
      <h3 className={css["part"]}>{t("host.machine")}</h3>
      <Facts facts={useMachineFacts(host)} />
    </Panel>
  );
}

const Facts = ({ facts }: { facts: readonly Fact[] }): React.ReactNode => (
  <dl className={css["facts"]}>
    {facts.map(({ words, value }) => (
      <div key={words}>
        <dt>{words}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

function useAgentFacts({
  agentVersion,
  agent,
  ring,
  certificateEndTime,
  flowLogging,
  blockCount,
}: WholeHost): Fact[] {
  const { t } = useTranslation();
  const { bytes, number, percent } = useFormats();
  const share = (value: number | null | undefined): string =>
    value == null ? "–" : percent(value);
  const flows = flowLogging && flowLogging.recordingCount > 0 ? flowLogging.engine : null;
  return [
    { words: t("hosts.version"), value: agentVersion ?? "–" },
    ...(agent
      ? [
          { words: t("host.running"), value: <Ago time={agent.startTime} /> },
          { words: t("host.agentCpu"), value: share(agent.cpuShare) },
          { words: t("host.agentMemory"), value: bytes(agent.memoryBytes) },
        ]
      : []),
    ...(ring?.on
      ? [
          { words: t("host.recorderCpu"), value: share(ring.cpuShare) },
          {
            words: t("host.recorderCpuMax"),
            value: ring.cpuShareMax == null ? t("host.unlimited") : percent(ring.cpuShareMax),
          },
          { words: t("host.kernelBuffer"), value: bytes(ring.kernelBufferBytes ?? 0) },
        ]
      : []),
    {
      words: t("host.flowLogging"),
      value: flowLogging?.problem ?? flows ?? t("host.off"),
    },
    { words: t("host.blocks"), value: number(blockCount) },
    ...(agent
      ? [
          { words: t("host.waiting"), value: number(agent.waitingCount) },
          { words: t("host.dropped"), value: number(agent.droppedCount) },
          {
            words: t("host.clock"),
            value:
              agent.clockOffsetMilliseconds === null
                ? "–"
                : t("host.milliseconds", {
                    shown: number(Math.round(agent.clockOffsetMilliseconds)),
                  }),
          },
        ]
      : []),
    {
      words: t("host.certificate"),
      value: certificateEndTime === null ? "–" : <Ago time={certificateEndTime} />,
    },
  ];
}

function useMachineFacts(host: WholeHost): Fact[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { hostName, operatingSystem, kernel, cpuCount, memoryBytes, networkNamespace } = host;
  return [
    { words: t("host.hostName"), value: hostName ?? "–" },
    { words: t("host.system"), value: operatingSystem ?? "–" },
    { words: t("host.kernel"), value: kernel ?? "–" },
    { words: t("host.cpus"), value: cpuCount === null ? "–" : number(cpuCount) },
    { words: t("host.memory"), value: memoryBytes === null ? "–" : bytes(memoryBytes) },
    ...(networkNamespace === null ? [] : [{ words: t("host.namespace"), value: networkNamespace }]),
    { words: "dumpcap", value: host.dumpcapVersion ?? "–" },
  ];
}
