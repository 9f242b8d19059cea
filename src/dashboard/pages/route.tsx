/** One route: its files and revision, when it takes an event, its rule, its traffic, and the way to try it. */
import { useMemo } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { RouteState, Rule } from "../../admin/shapes/state.ts";
import { searchOf } from "../api/call.ts";
import { useReading, type Reading } from "../api/reading.ts";
import { Copy } from "../parts/copy.tsx";
import { To } from "../parts/link.tsx";
import { grouped } from "../parts/moment.tsx";
import { Facts, Figures, PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { may } from "../shell/session.ts";
import { CanaryPanel, ShadowPanel } from "./route-second.tsx";
import { OverTime, useCounted } from "./over-time.tsx";
import { LiveCoverage } from "./route-coverage.tsx";
import { Versions, momentsOf, useVersions } from "./route-versions.tsx";

export function RoutePage() {
  const name = useRoute().params["name"] ?? "";
  const route = useReading<RouteState>(`routes/${encodeURIComponent(name)}`, { everySeconds: 10 });
  const transform = route.value?.transform;
  const rule = useReading<Rule>(
    transform === undefined ? undefined : `rules/${encodeURIComponent(transform)}`,
  );
  const counted = useCounted({ route: name });
  const versions = useVersions(name);
  const moments = useMemo(() => momentsOf(versions.value?.items), [versions.value]);
  return (
    <>
      <PageHead title={name} about="Route">
        {route.value !== undefined && may("author") && (
          <a class="button primary" href={`/playground${searchOf({ route: name, rule: transform })}`}>
            Try it in the playground
          </a>
        )}
        <a class="button" href={`/deliveries${searchOf({ route: name })}`}>
          Its deliveries
        </a>
      </PageHead>
      <div class="stack">
        <Read of={route} lines={24}>
          {(shown) => (
            <>
              <Traffic {...shown} />
              <div class="columns">
                <Files route={shown} rule={rule.value} />
                <Expression of={shown.transform} rule={rule} />
              </div>
              {shown.canary !== undefined && <CanaryPanel route={name} />}
              {shown.shadow !== undefined && <ShadowPanel route={name} />}
              {shown.transform !== undefined && <LiveCoverage route={name} />}
              <OverTime of={counted} moments={moments} />
              <Versions of={versions} />
            </>
          )}
        </Read>
      </div>
    </>
  );
}

function Expression({ of, rule }: { readonly of: string | undefined; readonly rule: Reading<Rule> }) {
  return (
    <Panel title="Rule" aside={rule.value && <Copy text={rule.value.text} what="Copied the rule" />}>
      <div style={{ minHeight: "236px" }}>
        {of === undefined ? (
          <Empty title="No rule">
            <p>The body goes on as it came.</p>
          </Empty>
        ) : (
          <Read of={rule} lines={8}>
            {({ text }) => (
              <pre class="codebox" tabIndex={0} role="region" aria-label="The JSONata expression">
                {text}
              </pre>
            )}
          </Read>
        )}
      </div>
    </Panel>
  );
}

function Traffic({ perMinute, delivered, failed, filtered, deviated }: RouteState) {
  return (
    <Figures
      of={[
        { name: "Attempts a minute", value: grouped(perMinute) },
        { name: "Delivered", value: grouped(delivered), below: "last hour" },
        {
          name: "Failed attempts",
          value: <span class={failed > 0 ? "bad" : undefined}>{grouped(failed)}</span>,
          below: "last hour",
        },
        { name: "Filtered", value: grouped(filtered), below: <Said text="`when` was not true, last hour" /> },
        ...(deviated > 0
          ? [{ name: "Deviated", value: <span class="bad">{grouped(deviated)}</span>, below: "last hour" }]
          : []),
      ]}
    />
  );
}

function Files({ route, rule }: { readonly route: RouteState; readonly rule: Rule | undefined }) {
  const schema = (name: string) => (
    <a href={`/docs/schemas/${encodeURIComponent(name)}`} target="_blank" rel="noreferrer">
      {name}
    </a>
  );
  return (
    <Panel title="As its files have it">
      <Facts
        of={[
          ["File", <code key="file">{route.file}</code>],
          [
            "Source",
            <a key="source" href={`/events${searchOf({ source: route.source })}`}>
              {route.source}
            </a>,
          ],
          ["Event types", <code key="on">{route.on.join(", ")}</code>],
          ["When", route.when === undefined ? "always" : <code key="when">{route.when}</code>],
          ["Target", <To key="target" kind="targets" name={route.target} />],
          ["Rule file", route.transform !== undefined && (rule ? <code key="rule">{rule.file}</code> : "…")],
          [
            "Takes",
            route.transform !== undefined && (rule?.input === undefined ? "anything" : schema(rule.input)),
          ],
          [
            "Makes",
            route.transform !== undefined && (rule?.output === undefined ? "anything" : schema(rule.output)),
          ],
          ["Cases", route.transform !== undefined && (rule ? grouped(rule.cases) : "…")],
          ["Version", <code key="version">{route.version}</code>],
        ]}
      />
    </Panel>
  );
}
