import { useState } from "react";
import { useTranslation } from "react-i18next";
import { openApiPath, useOpenApi } from "../../api/open-api.ts";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { type ListedRoute, listedRoutes } from "./listed-routes.ts";
import css from "./reference.module.css";
import { RouteDetails } from "./route-details.tsx";

/** Nightcap's own routes, as the control plane declares them. */
export function ReferencePage(): React.ReactNode {
  const { t } = useTranslation();
  const { data, error } = useOpenApi();
  const [text, setText] = useState("");
  const groups = data ? listedRoutes(data, text) : [];
  return (
    <div className={css["page"]}>
      <header className={css["head"]}>
        <h1>{t("reference.title")}</h1>
        <p>{t("reference.text")}</p>
        <p>
          <a href={openApiPath} download="nightcap-openapi.json">
            {t("reference.download", { version: data?.info.version ?? "" })}
          </a>
        </p>
        <Field
          label={t("reference.find")}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </header>
      {error && <Notice kind="bad" title={t("reference.none")} text={error.message} />}
      {data && groups.length === 0 && (
        <Notice kind="calm" title={t("reference.noneFound")} text={text} />
      )}
      <div className={css["groups"]}>
        {groups.map(([tag, routes]) => (
          <div key={tag} className={css["group"]}>
            <Panel title={tag}>
              <ul className={css["routes"]}>
                {routes.map((route) => (
                  <li key={route.operation.operationId}>
                    <Route route={route} />
                  </li>
                ))}
              </ul>
            </Panel>
          </div>
        ))}
      </div>
    </div>
  );
}

function Route({ route }: { route: ListedRoute }): React.ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { method, path, operation } = route;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={css["route"]}>
        <span className={css["method"]} data-method={method}>
          {method}
        </span>
        <code>{path}</code>
        <span className={css["summary"]} lang="en">
          {operation.summary}
        </span>
      </summary>
      {isOpen && <RouteDetails route={route} />}
    </details>
  );
}
