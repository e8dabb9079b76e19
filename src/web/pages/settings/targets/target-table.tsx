import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  changeTarget,
  deleteTarget,
  deleteTargetsAction,
  type NotificationTarget,
  targetsKey,
  testTarget,
  writeTargetsAction,
} from "../../../api/notification-targets.ts";
import { ActButton } from "../../../parts/act-button.tsx";
import { Button } from "../../../parts/button.tsx";
import { DataTable } from "../../../parts/data-table.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import css from "../settings.module.css";
import { TestResult } from "./test-result.tsx";

/** All targets: what each is, what it gets, and what can be done with it. */
export function TargetTable({
  targets,
  open,
}: {
  targets: readonly NotificationTarget[];
  open: (name: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <DataTable<NotificationTarget>
      label={t("targets.title")}
      rows={targets}
      keyOf={({ name }) => name}
      columns={[
        {
          key: "name",
          title: t("column.name"),
          show: ({ name }) => <strong>{name}</strong>,
          sortBy: ({ name }) => name,
        },
        {
          key: "kind",
          title: t("targets.kind"),
          show: ({ kind }) => t(`targetKind.${kind}`),
          sortBy: ({ kind }) => kind,
        },
        { key: "where", title: t("column.to"), show: (target) => <Where target={target} /> },
        { key: "gets", title: t("targets.gets"), show: (target) => <Gets target={target} /> },
        {
          key: "state",
          title: t("column.state"),
          show: (target) => <State target={target} />,
          sortBy: ({ enabled }) => (enabled ? 0 : 1),
        },
        {
          key: "acts",
          title: t("settings.acts"),
          show: (target) => <Acts target={target} open={() => open(target.name)} />,
        },
      ]}
    />
  );
}

function Where({
  target: { kind, where, host, to = [], topic },
}: {
  target: NotificationTarget;
}): React.ReactNode {
  if (kind === "email") {
    return (
      <div className={css["what"]}>
        <span>{to.join(", ")}</span>
        <span className={css["small"]}>{host}</span>
      </div>
    );
  }
  return (
    <div className={css["what"]}>
      <span>{where ?? "–"}</span>
      {topic !== undefined && <span className={css["small"]}>{topic}</span>}
    </div>
  );
}

function Gets({ target: { routes, quietHours } }: { target: NotificationTarget }): React.ReactNode {
  const { t } = useTranslation();
  const { severities, kinds, hosts, rules } = routes;
  const limits = [
    severities.length > 0 && t("severity.short", { value: severities.join(", ") }),
    kinds.map((kind) => t(`messageKind.${kind}`)).join(", "),
    hosts.join(", "),
    rules.join(", "),
  ].filter((limit) => limit !== false && limit !== "");
  const quiet = quietHours && { from: quietHours.from, to: quietHours.to };
  return (
    <div className={css["what"]}>
      <span>{limits.length === 0 ? t("targets.all") : limits.join(" · ")}</span>
      {quiet && <span className={css["small"]}>{t("targets.quiet", quiet)}</span>}
    </div>
  );
}

function State({ target: { enabled, isFixed } }: { target: NotificationTarget }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div>
      <span className={css["state"]} data-state={enabled ? "on" : "off"}>
        {t(enabled ? "targets.on" : "targets.off")}
      </span>
      {isFixed && <p className={css["small"]}>{t("targets.fixed")}</p>}
    </div>
  );
}

function Acts({
  target: { name, enabled, isFixed },
  open,
}: {
  target: NotificationTarget;
  open: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayWrite = useAllowed(writeTargetsAction);
  const mayDelete = useAllowed(deleteTargetsAction);
  const test = useMutation({ mutationFn: () => testTarget(name) });
  return (
    <div className={css["rowActs"]}>
      {mayWrite && (
        <Button
          aria-label={t("targets.testOf", { name })}
          isBusy={test.isPending}
          onClick={() => test.mutate()}
        >
          {t("targets.test")}
        </Button>
      )}
      {mayWrite && !isFixed && (
        <>
          <Button aria-label={t("targets.editOf", { name })} onClick={open}>
            {t("targets.edit")}
          </Button>
          <ActButton
            words={t(enabled ? "targets.turnOff" : "targets.turnOn")}
            label={t(enabled ? "targets.turnOffOf" : "targets.turnOnOf", { name })}
            act={() => changeTarget(name, { enabled: !enabled })}
            changes={[targetsKey]}
          />
        </>
      )}
      {mayDelete && !isFixed && (
        <ActButton
          kind="danger"
          words={t("settings.delete")}
          label={t("settings.deleteOf", { name })}
          question={{ title: t("settings.deleteOf", { name }), text: t("targets.deleteText") }}
          act={() => deleteTarget(name)}
          changes={[targetsKey]}
        />
      )}
      {test.error && (
        <p role="alert" className={css["bad"]}>
          {test.error.message}
        </p>
      )}
      <TestResult result={test.data} />
    </div>
  );
}
