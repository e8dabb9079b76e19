import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get } from "../../api/request.ts";
import { Button } from "../../parts/button.tsx";
import type { ListedRoute } from "./listed-routes.ts";
import css from "./reference.module.css";
import { kindOf, SchemaTree } from "./schema-tree.tsx";

/** Refusals have one shape, and are told apart by their codes. */
const isRefusal = (status: string): boolean => Number(status) >= 400;
const shownLengthMax = 20_000;

export function RouteDetails({ route }: { route: ListedRoute }): React.ReactNode {
  const { t } = useTranslation();
  const { operation } = route;
  const body = operation.requestBody?.content["application/json"]?.schema;
  return (
    <div className={css["details"]}>
      <p className={css["needs"]}>
        {operation.security
          ? t("reference.open")
          : t("reference.needs", { actions: operation["x-nightcap-actions"]?.join(", ") })}
      </p>
      {operation.parameters.length > 0 && (
        <section>
          <h4>{t("reference.parameters")}</h4>
          <ul className={css["fields"]}>
            {operation.parameters.map((parameter) => (
              <li key={parameter.name}>
                <code>{parameter.name}</code>{" "}
                <span className={css["kind"]}>
                  {kindOf(parameter.schema)} · {t(`reference.in.${parameter.in}`)}
                </span>
                {parameter.description !== undefined && (
                  <span lang="en"> – {parameter.description}</span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {body && (
        <section>
          <h4>{t("reference.body")}</h4>
          <SchemaTree schema={body} />
        </section>
      )}
      {Object.entries(operation.responses)
        .filter(([status]) => !isRefusal(status))
        .map(([status, { description, content }]) => (
          <section key={status}>
            <h4>
              {status} <span lang="en">{description}</span>
            </h4>
            {content?.["application/json"]?.schema && (
              <SchemaTree schema={content["application/json"].schema} />
            )}
          </section>
        ))}
      <Refusals responses={operation.responses} />
      {isAskable(route) && <AskIt path={route.path} />}
    </div>
  );
}

function Refusals({ responses }: Pick<ListedRoute["operation"], "responses">): React.ReactNode {
  const { t } = useTranslation();
  const refusals = Object.entries(responses).filter(([status]) => isRefusal(status));
  return (
    <section>
      <h4>{t("reference.refusals")}</h4>
      <dl className={css["refusals"]}>
        {refusals.map(([status, { "x-nightcap-codes": codes = [] }]) => (
          <div key={status}>
            <dt>{status}</dt>
            {codes.map((code) => (
              <dd key={code}>
                <code>{code}</code>
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What changes nothing and needs no more than its address. */
const isAskable = ({ method, path, operation }: ListedRoute): boolean =>
  method === "GET" &&
  !path.includes("{") &&
  operation.parameters.every(({ required }) => !required) &&
  operation.responses["200"]?.content?.["application/json"] !== undefined;

function AskIt({ path }: { path: string }): React.ReactNode {
  const { t } = useTranslation();
  const ask = useMutation({ mutationFn: () => get<unknown>(path) });
  return (
    <section>
      <Button isBusy={ask.isPending} onClick={() => ask.mutate()}>
        {t("reference.ask", { path })}
      </Button>
      <div role="status">
        {ask.error && <p className={css["refused"]}>{ask.error.message}</p>}
        {ask.data !== undefined && (
          <pre className={css["answer"]} tabIndex={0} aria-label={t("reference.answer", { path })}>
            {JSON.stringify(ask.data, null, 2).slice(0, shownLengthMax)}
          </pre>
        )}
      </div>
    </section>
  );
}
