import { useTranslation } from "react-i18next";
import { mailSecurities } from "../../../api/notification-targets.ts";
import { Choice } from "../../../parts/choice.tsx";
import { Field } from "../../../parts/field.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { Select } from "../../../parts/select.tsx";
import { TextArea } from "../../../parts/text-area.tsx";
import css from "../settings.module.css";
import { errorAt, kindNeeds } from "./target-draft.ts";
import type { TargetParts } from "./target-form.tsx";

const usualUrls: Readonly<Record<string, string>> = {
  ntfy: "https://ntfy.sh/",
  pagerDuty: "https://events.pagerduty.com/v2/enqueue",
};

/** Where it is and how to get in. Addresses and secrets go in and are never shown again. */
export function PlaceFields(parts: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  const { draft, change, errors } = parts;
  if (draft.kind === "log") return null;
  return (
    <Panel title={t("targetForm.place")}>
      <div className={css["columns"]}>
        {kindNeeds[draft.kind].url !== "none" && <Address {...parts} />}
        {draft.kind === "email" && <Mail {...parts} />}
        {draft.kind === "ntfy" && (
          <Field
            label={t("targetForm.topic")}
            value={draft.topic}
            required
            maxLength={64}
            pattern="[\-_A-Za-z0-9]+"
            error={errorAt(errors, "topic")}
            onChange={({ target }) => change({ topic: target.value })}
          />
        )}
        {kindNeeds[draft.kind].secret !== "none" && <Secret {...parts} />}
        {draft.kind === "pagerDuty" && (
          <Choice
            label={t("targetForm.acknowledge")}
            isChosen={draft.acknowledgeAnswered}
            choose={(acknowledgeAnswered) => change({ acknowledgeAnswered })}
          />
        )}
      </div>
      <Network {...parts} />
    </Panel>
  );
}

function Address({ draft, change, errors, known }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  const usual = usualUrls[draft.kind];
  const hint = known
    ? t("targetForm.urlKept", { where: known.where ?? "" })
    : usual === undefined
      ? undefined
      : t("targetForm.urlUsual", { url: usual });
  return (
    <Field
      label={t("targetForm.url")}
      type="url"
      value={draft.url}
      required={!known && kindNeeds[draft.kind].url === "needed"}
      autoComplete="off"
      hint={hint}
      error={errorAt(errors, "url")}
      onChange={({ target }) => change({ url: target.value })}
    />
  );
}

function Secret({ draft, change, errors, known }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  const { secret: need } = kindNeeds[draft.kind];
  const isKept = known?.hasSecret === true;
  const hint = isKept ? t("targetForm.secretKept") : t(`targetHint.${draft.kind}Secret`);
  return (
    <div className={css["stack"]}>
      <Field
        label={t(`targetSecret.${draft.kind}`)}
        type="password"
        value={draft.secret}
        required={need === "needed" && !isKept}
        disabled={draft.dropsSecret}
        autoComplete="new-password"
        hint={hint}
        error={errorAt(errors, "secret")}
        onChange={({ target }) => change({ secret: target.value })}
      />
      {isKept && need === "optional" && (
        <Choice
          label={t("targetForm.dropSecret")}
          isChosen={draft.dropsSecret}
          choose={(dropsSecret) => change({ dropsSecret })}
        />
      )}
    </div>
  );
}

function Mail({ draft, change, errors }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Field
        label={t("targetForm.host")}
        value={draft.host}
        required
        maxLength={253}
        error={errorAt(errors, "host")}
        onChange={({ target }) => change({ host: target.value })}
      />
      <Field
        label={t("column.port")}
        type="number"
        min={1}
        max={65_535}
        value={draft.port}
        required
        error={errorAt(errors, "port")}
        onChange={({ target }) => change({ port: target.value })}
      />
      <Select
        label={t("targetForm.security")}
        value={draft.security}
        choices={mailSecurities.map((value) => ({ value, words: t(`mailSecurity.${value}`) }))}
        choose={(security) => change({ security })}
      />
      <Field
        label={t("targetForm.user")}
        value={draft.user}
        maxLength={320}
        autoComplete="off"
        error={errorAt(errors, "user")}
        onChange={({ target }) => change({ user: target.value })}
      />
      <Field
        label={t("targetForm.from")}
        value={draft.from}
        type="email"
        required
        error={errorAt(errors, "from")}
        onChange={({ target }) => change({ from: target.value })}
      />
      <Field
        label={t("targetForm.to")}
        value={draft.to}
        required
        hint={t("targetForm.commas")}
        error={errorAt(errors, "to")}
        onChange={({ target }) => change({ to: target.value })}
      />
    </>
  );
}

function Network({ draft, change, errors, known }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <details className={css["more"]} open={draft.allowPrivateAddresses || known?.hasAuthority}>
      <summary>{t("targetForm.network")}</summary>
      <div className={css["stack"]}>
        <Choice
          label={t("targetForm.private")}
          isChosen={draft.allowPrivateAddresses}
          choose={(allowPrivateAddresses) => change({ allowPrivateAddresses })}
        />
        <p className={css["small"]}>{t("targetForm.privateText")}</p>
        <TextArea
          label={t("targetForm.authority")}
          value={draft.caPem}
          disabled={draft.dropsAuthority}
          placeholder="-----BEGIN CERTIFICATE-----"
          hint={t(known?.hasAuthority ? "targetForm.authorityKept" : "targetForm.authorityHint")}
          error={errorAt(errors, "caPem")}
          onChange={({ target }) => change({ caPem: target.value })}
        />
        {known?.hasAuthority && (
          <Choice
            label={t("targetForm.dropAuthority")}
            isChosen={draft.dropsAuthority}
            choose={(dropsAuthority) => change({ dropsAuthority })}
          />
        )}
      </div>
    </details>
  );
}
