/** What is usually done about dead letters of one cause: a sentence or two that names the target, route or file to look at. */
import { errorTable, isErrorCode } from "../core/errors.ts";
import type { DeadCause } from "../history.ts";

type Died = Pick<DeadCause, "code" | "status" | "target" | "route" | "schema" | "pointer">;

/** By the HTTP status that the target answered. */
const BY_STATUS: Readonly<Record<number, (of: Died) => string>> = {
  400: ({ target, route }) =>
    `\`${target}\` finds the request malformed. Its answer usually names the field: correct the rule of route \`${route}\`, try it in the playground on one of these events, then replay them all.`,
  401: ({ target }) =>
    `\`${target}\` does not accept our credentials. Renew the token or password that \`auth\` in targets/${target}.yaml refers to, restart, and replay; nothing is wrong with the events.`,
  403: ({ target }) =>
    `\`${target}\` knows us but does not let us do this. Give the account behind \`auth\` in targets/${target}.yaml the missing right, then replay.`,
  404: ({ target, route }) =>
    `What the request names does not exist at \`${target}\`. Check \`url\` in targets/${target}.yaml; if it is made from the body, some of these events name something that was deleted: narrow route \`${route}\` by \`when\`, and discard those.`,
  405: ({ target }) =>
    `\`${target}\` does not take this method at this path. Correct \`method\` or \`url\` in targets/${target}.yaml, then replay.`,
  406: ({ target }) =>
    `\`${target}\` cannot answer in a form that we accept. Correct the \`accept\` header in targets/${target}.yaml, then replay.`,
  408: ({ target }) =>
    `\`${target}\` gave up waiting for the request, every time. See whether it is well, then replay at a low rate.`,
  409: ({ target }) =>
    `\`${target}\` says that this conflicts with what it has; often it took an earlier attempt already. Look one up there: if it arrived, discard these; otherwise replay.`,
  410: ({ target, route }) =>
    `What the request names is gone from \`${target}\` for good. Correct \`url\` in targets/${target}.yaml or remove route \`${route}\`, and discard these.`,
  413: ({ target, route }) =>
    `The results are larger than \`${target}\` takes. Let the rule of route \`${route}\` send less, such as the first ten of a list, then replay.`,
  415: ({ target }) =>
    `\`${target}\` does not read this content type. Set it in \`headers\` of targets/${target}.yaml, then replay.`,
  422: ({ target, route }) =>
    `\`${target}\` understands the request but refuses what is in it. Its answer usually names the field: correct the rule of route \`${route}\`, put what it asks for into the output schema so that this is found before sending, then replay.`,
  425: ({ target }) => `\`${target}\` wanted them later. Replay them now, at a low rate.`,
  429: ({ target }) =>
    `\`${target}\` was asked too often until all attempts were used. Set \`limit\` in targets/${target}.yaml to what its API allows, then replay at a rate below that.`,
  451: ({ target }) =>
    `\`${target}\` refuses for legal reasons. Ask whoever runs it; discard these if it stays so.`,
};

/** By the code, where the status says less. */
const BY_CODE: Readonly<Record<string, (of: Died) => string>> = {
  FORWARD_TIMEOUT: ({ target }) =>
    `\`${target}\` did not answer in time, and it may have taken some of these all the same. See whether it is slow or down; raise \`timeoutSeconds\` in targets/${target}.yaml if it needs longer; then replay at a low rate.`,
  FORWARD_CONNECTION_FAILED: ({ target }) =>
    `\`${target}\` could not be reached in any attempt. Check the host, port and certificate in targets/${target}.yaml and your network; once one delivery goes through, replay the rest.`,
  FORWARD_ADDRESS_REFUSED: ({ target }) =>
    `The host of \`${target}\` leads to a private address, which is not called. If that is meant, add its range to SIGNALBOX_ALLOW_PRIVATE_TARGETS, restart and replay; if not, find out who changed the name.`,
  FORWARD_REDIRECTED: ({ target }) =>
    `\`${target}\` has moved: it answers with a redirect, which is not followed. Put the new URL into targets/${target}.yaml, then replay.`,
  FORWARD_URL_INVALID: ({ target, route }) =>
    `The URL of \`${target}\` could not be made of these bodies. Make its \`{{ }}\` parts in targets/${target}.yaml hold for every event, or narrow route \`${route}\` by \`when\`; then replay.`,
  FORWARD_REQUEST_INVALID: ({ target }) =>
    `A header in targets/${target}.yaml cannot be sent; a secret that was read from a file often ends in a line break. Correct it, restart and replay.`,
  FORWARD_BODY_INVALID: ({ target, route }) =>
    `The rule of route \`${route}\` makes what the \`format\` of targets/${target}.yaml cannot hold. Correct the rule (the mappings stand in docs/targets.md), add one of these events as a case, then replay.`,
  FORWARD_CREDENTIAL_UNUSABLE: ({ target }) =>
    `The requests could not be signed or encrypted for \`${target}\`. Correct what the attempt names in \`auth\`, \`jws\` or \`jwe\` of targets/${target}.yaml, then replay; nothing was sent.`,
  FORWARD_CREDENTIAL_REFUSED: ({ target }) =>
    `The issuer of tokens for \`${target}\` does not know our id or secret. Compare both with \`auth\` in targets/${target}.yaml, then replay; nothing was sent.`,
  FORWARD_TOKEN_UNAVAILABLE: ({ target }) =>
    `No token could be had for \`${target}\` in any attempt. See whether the issuer that \`auth\` in targets/${target}.yaml names is well; then replay; nothing was sent.`,
  FORWARD_LOOKUP_UNAVAILABLE: ({ route }) =>
    `What route \`${route}\` looks up was not to be had in any attempt. See whether the API that the attempt names is well, then replay; \`onError: null\` in routes/${route}.yaml lets deliveries go on without.`,
  FORWARD_LOOKUP_REFUSED: ({ route }) =>
    `The API that the attempt names refuses what route \`${route}\` looks up. Correct the lookup's \`request\` in routes/${route}.yaml, or its target, then replay; \`onError: null\` lets deliveries go on without.`,
  FORWARD_CERTIFICATE_REFUSED: ({ target }) =>
    `\`${target}\` does not take our certificate. Renew what \`tls\` in targets/${target}.yaml refers to, or have its operator accept it; then replay.`,
  FORWARD_ANSWER_DEVIATED: ({ target, route }) =>
    `\`${target}\` answered something else than route \`${route}\` expects, and took the request. Compare the answer that is kept with \`expect\` in routes/${route}.yaml; correct the one that is wrong, then replay.`,
  DISPATCH_TIME_INVALID: ({ route }) =>
    `The \`notBefore\` of routes/${route}.yaml gives no time for these events. Make it yield one for events that lack what it looks at (\`0\` is at once), then replay; nothing was sent.`,
  DISPATCH_ROUTE_GONE: ({ route }) =>
    `Route \`${route}\` is no longer in the workspace. Bring routes/${route}.yaml back and replay, replay the events on today's routes, or discard these.`,
  DISPATCH_TARGET_GONE: ({ target }) =>
    `Target \`${target}\` is no longer in the workspace. Bring targets/${target}.yaml back and replay, or discard these.`,
  DISPATCH_KEY_FAILED: ({ route }) =>
    `The key by which deliveries of route \`${route}\` stand in line fails on these events. Correct the \`key\` in routes/${route}.yaml for events like them, then replay; nothing was sent.`,
  DISPATCH_KEY_MISSING: ({ route }) =>
    `These events have no key by which deliveries of route \`${route}\` stand in line. Let the \`key\` in routes/${route}.yaml yield something for them, or narrow the route's \`on\`; then replay; nothing was sent.`,
  FORWARD_WORKER_LOST: ({ route }) =>
    `Workers died over these deliveries, one after the other. Look for what route \`${route}\` does with them that takes all memory or never ends, and correct its rule; then replay one before the rest.`,
  TRANSFORM_RULE_QUARANTINED: ({ route }) =>
    `This version of the rule of route \`${route}\` has killed workers and is not run any more. Correct it: the next version is free; then replay.`,
  GATE_FAILED: ({ route }) =>
    `An expression in the \`gate\` of routes/${route}.yaml fails on these events. Correct it, then replay; nothing was sent unjudged.`,
  CHAIN_TOO_LONG: ({ route }) =>
    `Events go in a circle over route \`${route}\`: the attempt names the whole path. Let a \`when\` on it say whose ends it is for, then discard these; replaying them goes round once more.`,
  TRANSFORM_ENRICH_FAILED: ({ route }) =>
    `What is to be looked up cannot be told from these events. Correct the lookup's \`request\` in routes/${route}.yaml for events like them, then replay.`,
  TRANSFORM_WHEN_FAILED: ({ route }) =>
    `The \`when\` of routes/${route}.yaml fails on these events. Make it hold for events that lack what it looks at, add one of them as a case, then replay.`,
  TRANSFORM_INPUT_INVALID: ({ route, schema }) =>
    `The sender sends what ${schema === undefined ? "the input schema" : `schema \`${schema}\``} does not allow. If the sender changed its format, correct the schema and the rule; if these events are none of route \`${route}\`'s business, narrow its \`on\` or \`when\` and discard them.`,
  TRANSFORM_OUTPUT_INVALID: ({ route, schema }) =>
    `The rule of route \`${route}\` makes what ${schema === undefined ? "its output schema" : `schema \`${schema}\``} does not allow. Try one of these events in the playground, correct the rule, add the event as a case, then replay.`,
  TRANSFORM_RULE_FAILED: ({ route }) =>
    `The rule of route \`${route}\` fails on these events. Try one of them in the playground, correct the expression at the line that the attempt names, add it as a case, then replay.`,
  TRANSFORM_TYPE: ({ route }) =>
    `The rule of route \`${route}\` meets a value of another type than it expects. Try one of these events in the playground, convert or guard the value at the place that the attempt names, add the event as a case, then replay.`,
  TRANSFORM_LIMIT_EXCEEDED: ({ route }) =>
    `The rule of route \`${route}\` needs too much time or memory for these events. Simplify it (no scan inside a scan, no unbounded recursion), then replay.`,
  TRANSFORM_RESULT_EMPTY: ({ route }) =>
    `The rule of route \`${route}\` makes nothing of these events. If they are not meant for it, filter them by \`when\` in routes/${route}.yaml and discard these; otherwise correct the rule and replay.`,
  TRANSFORM_RESULT_INVALID: ({ route }) =>
    `The rule of route \`${route}\` makes something that is not JSON, such as a function or an infinite number. Correct it, then replay.`,
};

/** What to do about a cause. */
export function suggestedAction(died: Died): string {
  const { status, code, target } = died;
  const byCode = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (byCode !== undefined) return byCode(died);
  const byStatus = status === undefined ? undefined : BY_STATUS[status];
  if (byStatus !== undefined) return byStatus(died);
  if (status !== undefined && status >= 500) {
    return `\`${target}\` failed on its own side in every attempt. Ask whoever runs it, with the answer that is kept; pause the target meanwhile; once one delivery goes through, replay the rest at a rate that it stands.`;
  }
  if (status !== undefined && status >= 400) {
    return `\`${target}\` refused the request with ${status}. Read the answer that is kept, correct the rule or targets/${target}.yaml, try one delivery, then replay the rest.`;
  }
  return isErrorCode(code)
    ? errorTable[code].fix
    : `Look at the attempts of one delivery, mend what they name, then replay.`;
}
