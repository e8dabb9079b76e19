import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  createPrincipal,
  deletePrincipal,
  deletePrincipalsAction,
  type NewSecret,
  principalsKey,
  removeSecret,
  rotateSecret,
  type ServicePrincipal,
  useServicePrincipals,
  writePrincipalsAction,
} from "../../api/service-principals.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Moment, useNow } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { Once } from "./once.tsx";
import css from "./settings.module.css";

/** As `az ad sp create-for-rbac` has it: one year. */
const secretDaysDefault = 365;
/** A secret that ends within this is worth a word. */
const soonMilliseconds = 30 * 86_400_000;

/** Programs that ask for tokens, and their secrets. */
export function PrincipalsPart(): React.ReactNode {
  const { t } = useTranslation();
  const mayWrite = useAllowed(writePrincipalsAction);
  const { data: principals = [], error } = useServicePrincipals();
  const [made, setMade] = useState<NewSecret | null>(null);
  return (
    <>
      {error && <Notice kind="bad" title={t("principals.none")} text={error.message} />}
      <Panel title={t("settings.principals")}>
        {mayWrite && <Create onMade={setMade} />}
        {made && (
          <Once
            text={t("principals.secret", { name: made.displayName, appId: made.appId })}
            secret={made.password}
          />
        )}
        <DataTable<ServicePrincipal>
          label={t("settings.principals")}
          rows={principals}
          keyOf={({ appId }) => appId}
          columns={[
            {
              key: "name",
              title: t("column.name"),
              show: ({ displayName }) => displayName,
              sortBy: ({ displayName }) => displayName,
            },
            { key: "id", title: t("principals.appId"), show: ({ appId }) => <code>{appId}</code> },
            {
              key: "secrets",
              title: t("principals.secrets"),
              show: (principal) => <Secrets principal={principal} />,
            },
            {
              key: "acts",
              title: t("settings.acts"),
              show: (principal) =>
                principal.isBuiltIn ? (
                  t("principals.builtIn")
                ) : (
                  <Acts principal={principal} onMade={setMade} />
                ),
            },
          ]}
        />
      </Panel>
    </>
  );
}

function Create({ onMade }: { onMade: (made: NewSecret) => void }): React.ReactNode {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [days, setDays] = useState(String(secretDaysDefault));
  return (
    <div className={css["form"]}>
      <Field
        label={t("principals.newName")}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Field
        label={t("principals.days")}
        type="number"
        min={1}
        value={days}
        onChange={({ target }) => setDays(target.value)}
      />
      <ActButton
        kind="first"
        words={t("principals.create")}
        act={() => createPrincipal(name.trim(), Number(days))}
        changes={[principalsKey]}
        onDone={(made) => {
          onMade(made);
          setName("");
        }}
      />
    </div>
  );
}

function Secrets({ principal }: { principal: ServicePrincipal }): React.ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const mayWrite = useAllowed(deletePrincipalsAction) && !principal.isBuiltIn;
  return (
    <ul className={css["secrets"]}>
      {principal.passwordCredentials.map(({ keyId, hint, endDateTime }) => {
        const endsSoon = endDateTime !== null && Date.parse(endDateTime) < now + soonMilliseconds;
        return (
          <li key={keyId}>
            <span className={endsSoon ? css["warn"] : undefined}>
              {hint ?? "…"}…{" "}
              {endDateTime === null ? t("principals.noEnd") : <Moment time={endDateTime} />}
            </span>
            {mayWrite && principal.passwordCredentials.length > 1 && (
              <ActButton
                kind="quiet"
                words={t("principals.remove")}
                label={t("principals.removeOf", { hint: hint ?? keyId })}
                act={() => removeSecret(principal.appId, keyId)}
                changes={[principalsKey]}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Acts({
  principal: { appId, displayName: name },
  onMade,
}: {
  principal: ServicePrincipal;
  onMade: (made: NewSecret) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayWrite = useAllowed(writePrincipalsAction);
  const mayDelete = useAllowed(deletePrincipalsAction);
  return (
    <div className={css["rowActs"]}>
      {mayWrite && (
        <ActButton
          words={t("principals.rotate")}
          label={t("principals.rotateOf", { name })}
          act={() => rotateSecret(appId)}
          changes={[principalsKey]}
          onDone={onMade}
        />
      )}
      {mayDelete && (
        <ActButton
          kind="danger"
          words={t("settings.delete")}
          label={t("settings.deleteOf", { name })}
          question={{ title: t("settings.deleteOf", { name }), text: t("principals.deleteText") }}
          act={() => deletePrincipal(appId)}
          changes={[principalsKey]}
        />
      )}
    </div>
  );
}
