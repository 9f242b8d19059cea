/**
 * Writes grafana/dashboards/*.json: what each panel asks stands here once, how Grafana wants it is made of it. `--check` writes nothing
 * and fails where a file is stale. Gauges that come from the store are the same in every process: `max`, never `sum`, over processes.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** @typedef {readonly [expression: string, legend: string]} Query */
/** @typedef {{ title: string, kind?: "timeseries" | "stat" | "bargauge", unit?: string, wide?: number, says: string, queries: readonly Query[] }} Panel */
/** @typedef {{ name: string, title: string, says: string, variable?: readonly [name: string, values: string], panels: readonly Panel[] }} Dashboard */

const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
const PER_SECOND = "ops";

/** @param {string} metric @param {string} by @param {string} [where] @returns {readonly Query[]} */
const quantiles = (metric, by = "", where = "") =>
  [0.5, 0.95, 0.99].map((quantile) => [
    `histogram_quantile(${quantile}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket${where}[$__rate_interval])))`,
    `p${quantile * 100}${by && ` {{${by}}}`}`,
  ]);

/** @param {string} metric @param {string} by @param {string} [where] @returns {Query} */
const rateBy = (metric, by, where = "") => [
  `sum by (${by}) (rate(${metric}${where}[$__rate_interval]))`,
  by
    .split(", ")
    .map((label) => `{{${label}}}`)
    .join(" "),
];

const AT_TARGET = '{target=~"$target"}';
const AT_SOURCE = '{source=~"$source"}';
const AT_ROUTE = '{route=~"$route"}';

/** @type {readonly Dashboard[]} */
const dashboards = [
  {
    name: "overview",
    title: "Overview",
    says: "Is anything wrong, since when, whose fault?",
    panels: [
      {
        title: "Store answers",
        kind: "stat",
        says: "1 where every process reaches the store. 0: runbook SignalboxStoreAway.",
        queries: [["min(signalbox_store_up)", "store"]],
      },
      {
        title: "Processes",
        kind: "stat",
        says: "Processes of the router that were heard of in the last 20 s, by role.",
        queries: [["max by (role) (signalbox_processes) > 0", "{{role}}"]],
      },
      {
        title: "Oldest waiting",
        kind: "stat",
        unit: "s",
        says: "How long the oldest delivery that is not at its end has been there: the one figure to look at.",
        queries: [["max(signalbox_oldest_waiting_seconds)", "oldest"]],
      },
      {
        title: "Dead letters",
        kind: "stat",
        says: "Dead letters that nobody has replayed or discarded.",
        queries: [["sum(max by (target) (signalbox_dead_letters))", "dead"]],
      },
      {
        title: "Waits for people",
        kind: "stat",
        says: "Deliveries that a gate holds, and ordered lines that a dead letter stops.",
        queries: [
          ["max(signalbox_holds_waiting)", "holds"],
          ["max(signalbox_lines_stopped)", "lines"],
        ],
      },
      {
        title: "Alerts",
        kind: "stat",
        says: "Alerts of this folder's rules that fire.",
        queries: [['count(ALERTS{alertstate="firing", alertname=~"Signalbox.*"}) or vector(0)', "firing"]],
      },
      {
        title: "Requests by verdict",
        unit: PER_SECOND,
        says: "What senders were answered: accepted, a duplicate, or the code of the refusal.",
        queries: [rateBy("signalbox_requests_total", "verdict")],
      },
      {
        title: "Deliveries by end",
        unit: PER_SECOND,
        says: "Deliveries that came to an end; failed ones became dead letters.",
        queries: [rateBy("signalbox_deliveries_total", "state")],
      },
      {
        title: "Attempts by class",
        unit: PER_SECOND,
        says: "Calls to targets by the class of what came of them.",
        queries: [rateBy("signalbox_attempts_total", "class")],
      },
      {
        title: "End to end",
        unit: "s",
        says: "From the receipt of an event to the end of the attempt that delivered it. Silent while nothing is delivered: look at what waits.",
        queries: quantiles("signalbox_delivery_end_to_end_seconds"),
      },
      {
        title: "Deliveries under way",
        says: "To be taken at once, waiting for their time, being attempted.",
        queries: [
          ["sum(max by (target) (signalbox_queue_waiting))", "waiting"],
          ["sum(max by (target) (signalbox_queue_retrying))", "retrying"],
          ["sum(max by (target) (signalbox_queue_active))", "active"],
        ],
      },
      {
        title: "Retries due",
        says: "Deliveries whose time comes within so long; `now`: it has come, and they were not taken yet.",
        queries: [["max by (within) (signalbox_retries_due)", "{{within}}"]],
      },
      {
        title: "Oldest waiting by target",
        unit: "s",
        says: "The ten targets that owe something for the longest time.",
        queries: [["topk(10, max by (target) (signalbox_oldest_waiting_seconds))", "{{target}}"]],
      },
      {
        title: "Targets by verdict",
        says: "How many targets are fine, and how many are not.",
        queries: [
          ["count by (verdict) (max by (target, verdict) (signalbox_target_verdict) == 1)", "{{verdict}}"],
        ],
      },
      {
        title: "Lag of the event loop",
        unit: "s",
        says: "The worst hundredth, by process. Beyond half a second answers are late and locks lapse.",
        queries: [["nodejs_eventloop_lag_p99_seconds", "{{instance}}"]],
      },
      {
        title: "CPU",
        unit: "percentunit",
        says: "Of one core, by process.",
        queries: [["rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}"]],
      },
      {
        title: "Memory",
        unit: "bytes",
        says: "Resident, by process.",
        queries: [["process_resident_memory_bytes", "{{instance}}"]],
      },
      {
        title: "Builds and rules",
        says: "Processes by what they run: a second row for longer than a roll-out is a process that did not take it.",
        queries: [["count by (version, rules) (signalbox_build_info)", "{{version}} rules {{rules}}"]],
      },
    ],
  },
  {
    name: "target",
    title: "Target",
    says: "One API that we call: does it take what it is sent, how fast, and what waits for it?",
    variable: ["target", "label_values(signalbox_queue_waiting, target)"],
    panels: [
      {
        title: "Verdict",
        kind: "stat",
        wide: 12,
        says: "The router's own verdict; the reason stands on its page in the dashboard.",
        queries: [
          [`max by (target, verdict) (signalbox_target_verdict${AT_TARGET}) == 1`, "{{target}}: {{verdict}}"],
        ],
      },
      {
        title: "Breaker",
        kind: "stat",
        wide: 12,
        says: "Of targets that have one.",
        queries: [
          [`max by (target, state) (signalbox_breaker_state${AT_TARGET}) == 1`, "{{target}}: {{state}}"],
        ],
      },
      {
        title: "Oldest waiting",
        unit: "s",
        says: "How long the oldest delivery that is not at its end has been there.",
        queries: [[`max by (target) (signalbox_oldest_waiting_seconds${AT_TARGET})`, "{{target}}"]],
      },
      {
        title: "Deliveries under way",
        says: "To be taken at once, waiting for their time, being attempted; open are all that are not at their end.",
        queries: [
          [`max by (target) (signalbox_queue_waiting${AT_TARGET})`, "waiting {{target}}"],
          [`max by (target) (signalbox_queue_retrying${AT_TARGET})`, "retrying {{target}}"],
          [`max by (target) (signalbox_queue_active${AT_TARGET})`, "active {{target}}"],
          [`max by (target) (signalbox_deliveries_open${AT_TARGET})`, "open {{target}}"],
        ],
      },
      {
        title: "Attempts by class",
        unit: PER_SECOND,
        says: "2xx delivered; 429, 5xx, timeout and network are tried again; 3xx and 4xx are dead letters; rule and filtered never left the router.",
        queries: [rateBy("signalbox_attempts_total", "class", AT_TARGET)],
      },
      {
        title: "Part of the attempts that failed",
        unit: "percentunit",
        says: "Of those that called the target.",
        queries: [
          [
            '1 - sum by (target) (rate(signalbox_attempts_total{target=~"$target", class="2xx"}[$__rate_interval])) / sum by (target) (rate(signalbox_attempts_total{target=~"$target", class!~"rule|filtered"}[$__rate_interval]))',
            "{{target}}",
          ],
        ],
      },
      {
        title: "What an attempt takes",
        unit: "s",
        says: "Rule and call.",
        queries: quantiles("signalbox_attempt_duration_seconds", "target", AT_TARGET),
      },
      {
        title: "What an attempt waits",
        unit: "s",
        says: "From when it was due to its beginning: its own limit, its concurrency, or too few workers.",
        queries: quantiles("signalbox_attempt_wait_seconds", "target", AT_TARGET),
      },
      {
        title: "End to end",
        unit: "s",
        says: "From the receipt of an event to the end of the attempt that delivered it; replays aside.",
        queries: quantiles("signalbox_delivery_end_to_end_seconds", "target", AT_TARGET),
      },
      {
        title: "Deliveries by end",
        unit: PER_SECOND,
        says: "Of its routes.",
        queries: [rateBy("signalbox_deliveries_total", "route, state", AT_TARGET)],
      },
      {
        title: "Dead letters",
        says: "That nobody has replayed or discarded.",
        queries: [[`max by (target) (signalbox_dead_letters${AT_TARGET})`, "{{target}}"]],
      },
    ],
  },
  {
    name: "source",
    title: "Source",
    says: "Who calls us: how much, what is refused, and how fast it is answered.",
    variable: ["source", "label_values(signalbox_requests_total, source)"],
    panels: [
      {
        title: "Requests by verdict",
        unit: PER_SECOND,
        wide: 24,
        says: "accepted, duplicate, or the code of the refusal.",
        queries: [rateBy("signalbox_requests_total", "source, verdict", AT_SOURCE)],
      },
      {
        title: "Part that is refused",
        unit: "percentunit",
        says: "A jump is mostly a secret that was rotated on one side alone.",
        queries: [
          [
            'sum by (source) (rate(signalbox_requests_total{source=~"$source", verdict=~"[A-Z].*"}[$__rate_interval])) / sum by (source) (rate(signalbox_requests_total{source=~"$source"}[$__rate_interval]))',
            "{{source}}",
          ],
        ],
      },
      {
        title: "Refusals by code",
        unit: PER_SECOND,
        says: "Each code has a page, /docs/errors/<code>, that says how to mend it.",
        queries: [rateBy("signalbox_requests_total", "verdict", '{source=~"$source", verdict=~"[A-Z].*"}')],
      },
      {
        title: "Until it is stored",
        unit: "s",
        says: "From the arrival of a request until its event was stored: what the sender waits for.",
        queries: quantiles("signalbox_accept_duration_seconds", "source", AT_SOURCE),
      },
      {
        title: "Part that is repeated",
        unit: "percentunit",
        says: "Requests that brought a known event. Much of it: the provider did not hear our answer in time.",
        queries: [
          [
            'sum by (source) (rate(signalbox_requests_total{source=~"$source", verdict="duplicate"}[$__rate_interval])) / sum by (source) (rate(signalbox_requests_total{source=~"$source"}[$__rate_interval]))',
            "{{source}}",
          ],
        ],
      },
      {
        title: "Of the last hour",
        kind: "bargauge",
        wide: 24,
        says: "Requests by source and verdict.",
        queries: [
          [
            "sum by (source, verdict) (increase(signalbox_requests_total" + AT_SOURCE + "[1h])) > 0",
            "{{source}} {{verdict}}",
          ],
        ],
      },
    ],
  },
  {
    name: "rules",
    title: "Rules",
    says: "Filters and transforms: what they cost, what they use of their budgets, and where they fail.",
    variable: ["route", "label_values(signalbox_rule_duration_seconds_count, route)"],
    panels: [
      {
        title: "Time",
        unit: "s",
        says: "Filter, schemas and rule of an attempt.",
        queries: quantiles("signalbox_rule_duration_seconds", "route", AT_ROUTE),
      },
      {
        title: "Part of the budgets that is used",
        unit: "percentunit",
        says: "The greatest part of any of a rule's budgets (steps, bytes, pattern). At 1 the delivery becomes a dead letter.",
        queries: quantiles("signalbox_rule_budget_ratio", "route", AT_ROUTE),
      },
      {
        title: "Attempts that the rule failed",
        unit: PER_SECOND,
        says: "They never left the router; the cause stands among the dead letters.",
        queries: [rateBy("signalbox_attempts_total", "route", '{route=~"$route", class="rule"}')],
      },
      {
        title: "Part that is filtered",
        unit: "percentunit",
        says: "All of a route's events at once: its `when` does not fit any more.",
        queries: [
          [
            'sum by (route) (rate(signalbox_deliveries_total{route=~"$route", state="filtered"}[$__rate_interval])) / sum by (route) (rate(signalbox_deliveries_total{route=~"$route"}[$__rate_interval]))',
            "{{route}}",
          ],
        ],
      },
      {
        title: "Deliveries by end",
        unit: PER_SECOND,
        wide: 24,
        says: "By route.",
        queries: [rateBy("signalbox_deliveries_total", "route, state", AT_ROUTE)],
      },
      {
        title: "Rules in force",
        says: "Processes by the revision of their rules.",
        queries: [["count by (rules) (signalbox_build_info)", "{{rules}}"]],
      },
      {
        title: "Files refused",
        says: "1 where the files have errors, and the rules that were in force stay.",
        queries: [["max by (instance) (signalbox_rules_refused)", "{{instance}}"]],
      },
    ],
  },
  {
    name: "store",
    title: "Store",
    says: "Redis or Valkey, and what waits for it on the disks of those that accept.",
    panels: [
      {
        title: "Answers",
        kind: "stat",
        says: "By process.",
        queries: [["signalbox_store_up", "{{instance}}"]],
      },
      {
        title: "Warnings",
        kind: "stat",
        says: "What is wrong with how it is set or does; `signalbox doctor` says what.",
        queries: [["max(signalbox_store_warnings)", "warnings"]],
      },
      {
        title: "When a sender is answered",
        kind: "stat",
        says: "fast: once the store has the event; strict: once a disk or a replica has it.",
        queries: [["count by (mode, by) (signalbox_durability_info)", "{{mode}} {{by}}"]],
      },
      {
        title: "Unaccounted",
        kind: "stat",
        says: "Deliveries of the last day that the balance misses, or has too many. Anything but 0 is a loss or a bug.",
        queries: [["max(signalbox_deliveries_unaccounted)", "deliveries"]],
      },
      {
        title: "Memory",
        unit: "bytes",
        says: "At its limit the store refuses writes: events go to the spool, and then are answered 503.",
        queries: [
          ["max(signalbox_store_memory_bytes)", "used"],
          ["max(signalbox_store_memory_limit_bytes) or vector(0)", "limit (0: none)"],
        ],
      },
      {
        title: "History",
        unit: "bytes",
        says: "What the searchable history takes of it.",
        queries: [["max(signalbox_history_bytes)", "bytes"]],
      },
      {
        title: "Events in the history",
        says: "Sealed and not yet dropped by age or size.",
        queries: [["max(signalbox_history_events)", "events"]],
      },
      {
        title: "Spool",
        unit: "bytes",
        says: "Events that were accepted while the store was away, on the disk of each process that accepts.",
        queries: [
          ["signalbox_spool_bytes", "{{instance}}"],
          ["signalbox_spool_limit_bytes", "limit {{instance}}"],
        ],
      },
      {
        title: "Events in the spool",
        says: "They are stored in order once the store is back.",
        queries: [["signalbox_spool_events", "{{instance}}"]],
      },
      {
        title: "Spool usable",
        says: "0: the disk of that process takes nothing; while the store is away it answers 503.",
        queries: [["signalbox_spool_usable", "{{instance}}"]],
      },
      {
        title: "Until an event is stored",
        unit: "s",
        says: "From the arrival of a request; what the store takes is most of it.",
        queries: quantiles("signalbox_accept_duration_seconds"),
      },
    ],
  },
];

/** @param {Panel} panel @param {number} id @param {{ x: number, y: number, w: number, h: number }} gridPos */
function panelOf({ title, kind = "timeseries", unit = "short", says, queries }, id, gridPos) {
  const shown = {
    timeseries: {
      legend: { displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] },
      tooltip: { mode: "multi", sort: "desc" },
    },
    stat: {
      reduceOptions: { calcs: ["lastNotNull"] },
      textMode: "value_and_name",
      colorMode: "none",
      graphMode: "area",
    },
    bargauge: { reduceOptions: { calcs: ["lastNotNull"] }, orientation: "horizontal", displayMode: "basic" },
  };
  return {
    id,
    type: kind,
    title,
    description: says,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: shown[kind],
    targets: queries.map(([expr, legendFormat], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: DATASOURCE,
      editorMode: "code",
      expr,
      legendFormat,
      range: kind === "timeseries",
      instant: kind !== "timeseries",
    })),
  };
}

/** Panels from left to right, 24 columns wide. @param {readonly Panel[]} panels */
function laidOut(panels) {
  let x = 0;
  let y = 0;
  let high = 0;
  return panels.map((panel, at) => {
    const isStat = panel.kind === "stat";
    const w = panel.wide ?? (isStat ? 4 : 12);
    const h = isStat ? 4 : 8;
    if (x + w > 24 || (x > 0 && h !== high)) {
      x = 0;
      y += high;
    }
    high = h;
    const placed = panelOf(panel, at + 1, { x, y, w, h });
    x += w;
    return placed;
  });
}

/** @param {Dashboard} dashboard */
function dashboardOf({ name, title, says, variable, panels }) {
  const variables = [
    {
      name: "datasource",
      label: "Data source",
      type: "datasource",
      query: "prometheus",
      current: {},
      hide: 0,
    },
    ...(variable === undefined
      ? []
      : [
          {
            name: variable[0],
            label: variable[0],
            type: "query",
            datasource: DATASOURCE,
            query: { query: variable[1], refId: "values" },
            definition: variable[1],
            refresh: 2,
            sort: 1,
            multi: true,
            includeAll: true,
            allValue: ".*",
            current: { text: "All", value: "$__all" },
          },
        ]),
  ];
  return {
    uid: `signalbox-${name}`,
    title: `Signalbox: ${title}`,
    description: says,
    tags: ["signalbox"],
    editable: true,
    schemaVersion: 39,
    version: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "browser",
    templating: { list: variables },
    annotations: {
      list: [
        {
          name: "Alerts",
          datasource: DATASOURCE,
          enable: true,
          expr: 'ALERTS{alertstate="firing", alertname=~"Signalbox.*"}',
          titleFormat: "{{alertname}}",
          textFormat: "{{target}}{{source}}{{route}}",
          iconColor: "red",
        },
      ],
    },
    links: [
      { title: "Signalbox", type: "dashboards", tags: ["signalbox"], asDropdown: true, keepTime: true },
    ],
    panels: laidOut(panels),
  };
}

const stale = dashboards.filter((dashboard) => {
  const file = new URL(`grafana/dashboards/${dashboard.name}.json`, import.meta.url);
  const text = `${JSON.stringify(dashboardOf(dashboard), undefined, 2)}\n`;
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
    return false;
  }
  return readFileSync(file, "utf8") !== text;
});
if (stale.length > 0) {
  process.stderr.write(`Stale: ${stale.map(({ name }) => name).join(", ")}. Run npm run generate.\n`);
  process.exitCode = 1;
}
