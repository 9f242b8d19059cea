/** Typical mistakes, each put alone into a shipped file: what is replaced by what, and the field that a message must name. */

/** `[file, replaced, by, field]`; the file is `transforms/<name>.jsonata` or `routes/<name>.yaml`, without its ending. */
export type SeededFault = readonly [file: string, kind: string, replaced: string, by: string, field: string];

const push = "transforms/github-push-to-chat.jsonata";
const issue = "transforms/github-issue-to-tracker.jsonata";
const stripe = "transforms/stripe-payment-failed-to-pager.jsonata";
const zendesk = "transforms/zendesk-ticket-to-github.jsonata";
const alert = "transforms/alertmanager-to-incident-chat.jsonata";

export const SEEDED_FAULTS: readonly SeededFault[] = [
  // Misspelt paths.
  [push, "misspelt path", "pusher.name & $what", "pusher.nmae & $what", "pusher.nmae"],
  [push, "misspelt path", "repository.html_url", "repository.htmlUrl", "htmlUrl"],
  [push, "misspelt path", "commits[distinct]", "commits[distnct]", "distnct"],
  [push, "misspelt path", "author.name, 40", "author.nam, 40", "nam"],
  [push, "misspelt path", "$link(compare,", "$link(compre,", "compre"],
  [issue, "misspelt path", "issue.html_url", "issue.url_html", "url_html"],
  [issue, "misspelt path", "issue.user.login", "issue.usr.login", "usr"],
  [issue, "misspelt path", "issue.labels.name", "issue.label.name", "label"],
  [issue, "misspelt path", "issue.created_at", "issue.createdAt", "createdAt"],
  [stripe, "misspelt path", "$invoice := data.object;", "$invoice := data.objekt;", "objekt"],
  [
    stripe,
    "misspelt path",
    "$invoice.amount_remaining, $invoice.currency",
    "$invoice.amount_remaning, $invoice.currency",
    "amount_remaning",
  ],
  [stripe, "misspelt path", "$invoice.customer_name ?:", "$invoice.customerName ?:", "customerName"],
  [stripe, "misspelt path", "created * 1000", "create * 1000", "create"],
  [zendesk, "misspelt path", "$ticket := detail;", "$ticket := details;", "details"],
  [zendesk, "misspelt path", "$ticket.via.channel", "$ticket.via.chanel", "chanel"],
  [alert, "misspelt path", "alerts[[0..$shown - 1]]", "alert[[0..$shown - 1]]", "alert"],
  [alert, "misspelt path", "commonLabels.severity", "commonLabel.severity", "commonLabel"],
  [alert, "misspelt path", "$alert.startsAt)", "$alert.startAt)", "startAt"],
  [
    "routes/github-issue-to-tracker.yaml",
    "misspelt path",
    'label.name = "bug"',
    'labels.name = "bug"',
    "labels",
  ],
  [
    "routes/stripe-payment-failed-to-pager.yaml",
    "misspelt path",
    "data.object.status",
    "data.object.state",
    "state",
  ],
  // Dropped defaults.
  [
    issue,
    "dropped default",
    '$lookup($projects, repository.full_name) ?: "TRIAGE"',
    "$lookup($projects, repository.full_name)",
    "key",
  ],
  [issue, "dropped default", 'issue.body ?: "", 16000', "issue.body, 16000", "issue.body"],
  [
    stripe,
    "dropped default",
    '"group": $invoice.customer ?: "unknown"',
    '"group": $invoice.customer',
    "group",
  ],
  [stripe, "dropped default", '$invoice.billing_reason ?: "unknown"', "$invoice.billing_reason", "reason"],
  [
    stripe,
    "dropped default",
    '?: $invoice.customer ?: "an unknown customer"',
    "?: $invoice.customer",
    "customer",
  ],
  [
    stripe,
    "dropped default",
    '"email": $invoice.customer_email ?: "unknown"',
    '"email": $invoice.customer_email',
    "email",
  ],
  [zendesk, "dropped default", '($ticket.subject ?: "(no subject)")', "$ticket.subject", "subject"],
  [zendesk, "dropped default", '$ticket.priority ?: "none"', "$ticket.priority", "priority"],
  [
    zendesk,
    "dropped default",
    '$ticket.description ?: "(no description)"',
    "$ticket.description",
    "description",
  ],
  [alert, "dropped default", "(truncatedAlerts ?: 0)", "truncatedAlerts", "truncatedAlerts"],
  // `??` where null comes.
  [
    stripe,
    "?? for ?:",
    '"subscription": $subscription ?: "none"',
    '"subscription": $subscription ?? "none"',
    "subscription",
  ],
  [zendesk, "?? for ?:", '$ticket.type ?: "ticket"', '$ticket.type ?? "ticket"', "type"],
  // Wrong types.
  [push, "wrong type", '"unfurl_links": false', '"unfurl_links": "false"', "unfurl_links"],
  [issue, "wrong type", '"version": 1,', '"version": "1",', "version"],
  [issue, "wrong type", '"#" & $string(issue.number)', '"#" + issue.number', "repository.full_name"],
  [stripe, "wrong type", '"dedup_key": $invoice.id,', '"dedup_key": created,', "dedup_key"],
  [stripe, "wrong type", "$fromMillis(created * 1000)", "created", "timestamp"],
  [stripe, "wrong type", "$invoice.attempt_count >= 3", '$invoice.attempt_count >= "3"', "attempt_count"],
  [stripe, "wrong type", "$amount / 100,", "$currency / 100,", "currency"],
  [zendesk, "wrong type", "$lowercase($ticket.status", "$floor($ticket.status", "status"],
  [alert, "wrong type", "$count(alerts) + ", "alerts + ", "alerts"],
  // Single values for lists.
  [
    push,
    "singleton array",
    '"elements": [{ "type": "mrkdwn", "text": $join($footer, " · ") ~> $cut(3000) }]',
    '"elements": { "type": "mrkdwn", "text": $join($footer, " · ") ~> $cut(3000) }',
    "elements",
  ],
  [issue, "singleton array", '"content": [$nodes]', '"content": $nodes', "content"],
  [issue, "singleton array", '$distinct(["github", $labels])', "$labels", "labels"],
  [
    stripe,
    "singleton array",
    '"links": [\n      { "href": $dashboard, "text": "Invoice in the Dashboard" },\n      $invoice.hosted_invoice_url ? { "href": $invoice.hosted_invoice_url, "text": "The customer\'s page" }\n    ]',
    '"links": { "href": $dashboard, "text": "Invoice in the Dashboard" }',
    "links",
  ],
  [
    alert,
    "singleton array",
    '"elements": [{ "type": "mrkdwn", "text": $join($links, " · ") ~> $cut(3000) }]',
    '"elements": { "type": "mrkdwn", "text": $join($links, " · ") ~> $cut(3000) }',
    "elements",
  ],
  // Fields of the result.
  [push, "wrong field", '"text": $escape($cut(pusher.name', '"txt": $escape($cut(pusher.name', "txt"],
  [issue, "wrong field", '"summary": $cut', '"sumary": $cut', "summary"],
  [stripe, "wrong field", '"severity": $severity,', '"severty": $severity,', "severity"],
  [zendesk, "wrong field", '"title": $cut', '"titel": $cut', "title"],
  [
    stripe,
    "removed field",
    '    "dedup_key": $invoice.id, /* every failed attempt on one invoice is one alert */\n',
    "",
    "dedup_key",
  ],
  [stripe, "wrong value", '"event_action": "trigger"', '"event_action": "triger"', "event_action"],
  [stripe, "wrong value", '? "critical" : $invoice', '? "urgent" : $invoice', "severity"],
  [alert, "wrong value", '$firing := status = "firing"', '$firing := status = "fireing"', "status"],
  [stripe, "duplicate key", '"client": "Stripe",', '"client": "Stripe", "client": "stripe",', "client"],
  [stripe, "unstable key", '"dedup_key": $invoice.id,', '"dedup_key": $invoice.id & $now(),', "dedup_key"],
  // Removed cases and limits.
  [
    stripe,
    "removed case",
    '"next attempt": $last ? "none" : $fromMillis',
    '"next attempt": $fromMillis',
    "next_payment_attempt",
  ],
  [
    alert,
    "removed case",
    '$alert.generatorURL ? $link($alert.generatorURL, "graph")',
    '$link($alert.generatorURL, "graph")',
    "generatorURL",
  ],
  [
    push,
    "removed limit",
    '$cut(pusher.name & $what & repository.full_name & ":" & $branch, 500)',
    '(pusher.name & $what & repository.full_name & ":" & $branch)',
    "text",
  ],
  [
    zendesk,
    "removed limit",
    '"title": $cut($trim("[Zendesk #" & $ticket.id & "] " & ($ticket.subject ?: "(no subject)")), 256)',
    '"title": "[Zendesk #" & $ticket.id & "] " & ($ticket.subject ?: "(no subject)")',
    "title",
  ],
  ["routes/github-push-to-chat.yaml", "removed case", " and $count(commits) > 0", "", "commits"],
  // Functions and variables.
  [push, "unknown function", "$escape($branch)", "$escpe($branch)", "escpe"],
  [
    issue,
    "wrong arguments",
    '$substringBefore(issue.created_at, "T")',
    "$substringBefore(issue.created_at, 1)",
    "substringBefore",
  ],
  [
    zendesk,
    "wrong arguments",
    '$lowercase($ticket.type ?: "ticket")',
    '$lowercase($ticket.type ?: "ticket", true)',
    "lowercase",
  ],
  [push, "unknown variable", '$escape($branch) & "`"', '$escape($brnch) & "`"', "brnch"],
  [stripe, "unused variable", '"severity": $severity,', '"severity": "error",', "severity"],
];
