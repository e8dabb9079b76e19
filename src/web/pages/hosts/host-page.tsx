import { useTranslation } from "react-i18next";
import { useHost, useHosts, type WholeHost } from "../../api/hosts.ts";
import { Ago, Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { ForgetButton } from "./forget-button.tsx";
import { HostFacts } from "./host-facts.tsx";
import { HostSign } from "./host-sign.tsx";
import { HostStory } from "./host-story.tsx";
import css from "./hosts.module.css";
import { InterfacesPanel } from "./interfaces-panel.tsx";
import { MetricsPanel } from "./metrics-panel.tsx";
import { RingPanel } from "./ring-panel.tsx";

/** One host: how far back it reaches, what it measures, what was recorded there, and what it is. */
export function HostPage({ id }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data: host, error } = useHost(id);
  if (error) return <Notice kind="bad" title={t("host.none")} text={error.message} />;
  if (!host) return null;
  return (
    <article className={css["page"]}>
      <Head host={host} />
      <RingPanel host={host} />
      <MetricsPanel resourceId={host.resourceId} />
      <InterfacesPanel host={host} />
      <div className={css["columns"]}>
        <HostStory host={host} />
        <HostFacts host={host} />
      </div>
    </article>
  );
}

function Head({ host }: { host: WholeHost }): React.ReactNode {
  const { t } = useTranslation();
  const { data } = useHosts();
  const row = data?.value.find(({ resourceId }) => resourceId === host.resourceId);
  return (
    <header className={css["head"]}>
      <div>
        <p className={css["about"]}>
          {row && <HostSign host={row} />}
          {host.since !== null && (
            <span>
              {t(`host.since.${host.state}`)} <Ago time={host.since} />
            </span>
          )}
          {host.operatingSystem !== null && <span>{host.operatingSystem}</span>}
          {host.told !== null && host.state !== "connected" && (
            <span>
              {t("host.told")} <Moment time={host.told} />
            </span>
          )}
        </p>
        <h1>{host.name}</h1>
      </div>
      <ForgetButton name={host.name} />
    </header>
  );
}
