/** The error table: every code with what it means and how to mend it; and the one class that carries a code. */

/** Whether the one who met the error may try again. */
export type Retry = "never" | "later";

interface Entry {
  readonly title: string;
  /** HTTP status where the code is answered to a caller. */
  readonly status?: number;
  readonly retry: Retry;
  /** One sentence: how to mend it. */
  readonly fix: string;
}

const table = {
  // accept: answered to the sender
  ACCEPT_BODY_INVALID: {
    title: "The body is not what its content type says",
    status: 400,
    retry: "never",
    fix: "Send what parses as its content type and charset say, nested at most 100 levels deep, and not empty.",
  },
  ACCEPT_SIGNATURE_INVALID: {
    title: "The signature is missing, wrong or stale",
    status: 401,
    retry: "never",
    fix: "Compare the secret at the sender with the source's `secrets`; sign the exact bytes that are sent; check the clock.",
  },
  ACCEPT_ADDRESS_REFUSED: {
    title: "This address may not call the source",
    status: 403,
    retry: "never",
    fix: "Add the sender's address to the source's `allowFrom`; an unsigned source takes loopback callers only, unless `allowUnsigned: true`.",
  },
  ACCEPT_SOURCE_UNKNOWN: {
    title: "There is no source of this name",
    status: 404,
    retry: "never",
    fix: "Post to /hooks/<source>, where sources/<source>.yaml exists.",
  },
  ACCEPT_SOURCE_SCHEDULED: {
    title: "The source is a schedule, which nobody calls",
    status: 404,
    retry: "never",
    fix: "Post to a source with a `provider` or `verify`; a schedule makes its events by itself.",
  },
  ACCEPT_PATH_UNKNOWN: {
    title: "Nothing is served at this path",
    status: 404,
    retry: "never",
    fix: "Webhooks are taken at /hooks/<source>; the operator's side is served on the admin port.",
  },
  ACCEPT_METHOD_REFUSED: {
    title: "This method is not taken here",
    status: 405,
    retry: "never",
    fix: "Send a POST, or one of the methods in the `allow` header.",
  },
  ACCEPT_BODY_SLOW: {
    title: "The body did not arrive in time",
    status: 408,
    retry: "later",
    fix: "Send the whole body within 3.5 seconds.",
  },
  ACCEPT_BODY_TOO_LARGE: {
    title: "The body is larger than the source takes",
    status: 413,
    retry: "never",
    fix: "Raise the source's `maxBodyBytes`, or send less.",
  },
  ACCEPT_TYPE_UNSUPPORTED: {
    title: "This content type or encoding is not read",
    status: 415,
    retry: "never",
    fix: "Send JSON, a form, multipart, XML, NDJSON or text, in a charset that docs/receiving.md lists, plain or compressed by gzip or deflate.",
  },
  ACCEPT_SCHEMA_INVALID: {
    title: "The body does not satisfy the source's schema",
    status: 422,
    retry: "never",
    fix: "Send what the schema asks for, correct the schema, or set `onInvalid: quarantine` to keep such events.",
  },
  ACCEPT_RATE_LIMITED: {
    title: "The source's rate limit is reached",
    status: 429,
    retry: "later",
    fix: "Send again after the seconds in `retry-after`, or raise the source's `limit`.",
  },
  ACCEPT_SHARE_EXCEEDED: {
    title: "The router is at its limit, and this source asks for more than its share",
    status: 429,
    retry: "later",
    fix: "Send again after the seconds in `retry-after`, and less at once; the operator can add processes that deliver.",
  },
  ACCEPT_OVERLOADED: {
    title: "The router is at its limit",
    status: 503,
    retry: "later",
    fix: "Send again after the seconds in `retry-after`; the operator can add processes that deliver.",
  },
  ACCEPT_STORE_UNAVAILABLE: {
    title: "The event could not be stored",
    status: 503,
    retry: "later",
    fix: "Send again after the seconds in `retry-after`; the operator sees why in /readyz and the log.",
  },
  ACCEPT_INTERNAL: {
    title: "The router failed on this request",
    status: 500,
    retry: "later",
    fix: "Send again; please report it with the log line of the same time.",
  },

  // dispatch
  DISPATCH_ROUTE_GONE: {
    title: "The delivery's route no longer exists",
    retry: "never",
    fix: "Bring routes/<route>.yaml back and replay the delivery, or replay the event on today's routes.",
  },
  DISPATCH_TIME_INVALID: {
    title: "The route's `notBefore` gives no time",
    retry: "never",
    fix: "Let the expression yield a time for every event that the route takes, `0` for at once; then replay.",
  },
  DISPATCH_TARGET_GONE: {
    title: "The delivery's target no longer exists",
    retry: "never",
    fix: "Bring targets/<target>.yaml back and replay the delivery.",
  },
  DISPATCH_KEY_FAILED: {
    title: "The key of the delivery's line failed on this event",
    retry: "never",
    fix: "Correct the `key` of the route's `order`, `latest`, `throttle` or `batch` for events like this one, then replay the delivery.",
  },
  DISPATCH_KEY_MISSING: {
    title: "The event has no key for the route's line",
    retry: "never",
    fix: "Let the key yield text, a number, true or false for every event of the route, or narrow its `on`; then replay the delivery.",
  },
  CHAIN_TOO_LONG: {
    title: "Too many calls followed from one another",
    retry: "never",
    fix: "Look for the circle in the path given, and let a `when` on the way end it; a target that calls our hooks passes the header `signalbox-hops` on.",
  },

  // transform: the rule and its schemas, at run time
  TRANSFORM_WHEN_FAILED: {
    title: "The route's `when` failed on this event",
    retry: "never",
    fix: "Correct the expression for events like this one, then replay the delivery.",
  },
  TRANSFORM_INPUT_INVALID: {
    title: "The body does not satisfy the transform's input schema",
    retry: "never",
    fix: "Correct the schema, or narrow the route's `on` and `when` to the events it is for; then replay.",
  },
  TRANSFORM_RULE_FAILED: {
    title: "The rule failed on this event",
    retry: "never",
    fix: "Correct the expression at the line and column given, add the event as a case, then replay.",
  },
  TRANSFORM_TYPE: {
    title: "A value is not of the type that the rule needs",
    retry: "never",
    fix: "Convert or guard the value at the place given (`signalbox try` shows it), add the event as a case, then replay.",
  },
  TRANSFORM_LIMIT_EXCEEDED: {
    title: "The rule used up one of its budgets",
    retry: "never",
    fix: "Simplify the expression at the place given: no unbounded recursion, ranges or scans inside scans.",
  },
  TRANSFORM_RULE_QUARANTINED: {
    title: "This version of the rule is not run any more",
    retry: "never",
    fix: "Correct the rule, whose next version is run again, then replay the route's dead letters.",
  },
  RULE_VERSION_GONE: {
    title: "The version of the route is not kept",
    status: 409,
    retry: "never",
    fix: "See which are kept with `signalbox versions <route>`; replay by today's rule, or bring the files back from git and reload.",
  },
  RULE_VERSION_UNUSABLE: {
    title: "The kept version of the route cannot be run",
    status: 409,
    retry: "never",
    fix: "It was made by another release of the router: replay by today's rule, or with the release that made it.",
  },
  RULE_REF_UNKNOWN: {
    title: "Git does not know the ref",
    retry: "never",
    fix: "Name a branch, tag or commit that `git rev-parse` knows in the workspace's folder; in CI, fetch it first.",
  },
  TRANSFORM_RESULT_EMPTY: {
    title: "The rule made nothing",
    retry: "never",
    fix: "Let the rule return a value for every event it gets, or filter the others with the route's `when`.",
  },
  TRANSFORM_RESULT_INVALID: {
    title: "The rule made something that is not JSON",
    retry: "never",
    fix: "Return objects, arrays, text, finite numbers, booleans or null; not a function.",
  },
  TRANSFORM_OUTPUT_INVALID: {
    title: "The rule's result does not satisfy the output schema",
    retry: "never",
    fix: "Correct the rule or the schema, add the event as a case, then replay.",
  },
  TRANSFORM_ENRICH_FAILED: {
    title: "The request of a lookup could not be made",
    retry: "never",
    fix: "Correct the lookup's `request` in the route for events like this one, then replay the delivery.",
  },

  // forward: the request to the target
  GATE_FAILED: {
    title: "An expression of the route's gate failed",
    retry: "never",
    fix: "Correct the expression in the route's `gate`, then replay the delivery: nothing is sent unjudged.",
  },
  FORWARD_URL_INVALID: {
    title: "The target's URL cannot be called",
    retry: "never",
    fix: "Give the target an absolute http(s) URL whose `{{ }}` parts yield text.",
  },
  FORWARD_REQUEST_INVALID: {
    title: "The request to the target cannot be made",
    retry: "never",
    fix: "Correct the header that is named, in the target; a secret read from a file often ends in a line break.",
  },
  FORWARD_BODY_INVALID: {
    title: "The result cannot be written in the target's format",
    retry: "never",
    fix: "Let the rule make what the target's `format` can hold (docs/targets.md has the mappings), then replay.",
  },
  FORWARD_CREDENTIAL_UNUSABLE: {
    title: "The target's credential cannot be used",
    retry: "never",
    fix: "Correct what is named in the target's `auth`, `tls`, `jws` or `jwe`, then replay.",
  },
  FORWARD_CREDENTIAL_REFUSED: {
    title: "The credential was refused where a token is issued",
    retry: "never",
    fix: "Compare the id and the secret of the target's `auth` with those at the issuer, then replay.",
  },
  FORWARD_TOKEN_UNAVAILABLE: {
    title: "No token could be had for the target",
    retry: "later",
    fix: "See whether the issuer that the target's `auth` names is well and reachable.",
  },
  FORWARD_CERTIFICATE_REFUSED: {
    title: "The target did not take our certificate",
    retry: "never",
    fix: "Give the target's `tls` a certificate and key that its operator accepts and that have not expired, then replay.",
  },
  FORWARD_ADDRESS_REFUSED: {
    title: "The target's address is private",
    retry: "never",
    fix: "Add the range to SIGNALBOX_ALLOW_PRIVATE_TARGETS if the target is meant to be inside your network.",
  },
  FORWARD_CONNECTION_FAILED: {
    title: "The target could not be reached",
    retry: "later",
    fix: "Check the target's host, port, TLS certificate and your network.",
  },
  FORWARD_TIMEOUT: {
    title: "The target did not answer in time",
    retry: "later",
    fix: "Raise the target's `timeoutSeconds` if it needs longer.",
  },
  FORWARD_LOOKUP_UNAVAILABLE: {
    title: "A lookup was not answered",
    retry: "later",
    fix: "Wait: the delivery is tried again. `onError: null` lets it go on without, a longer `cacheSeconds` asks less often.",
  },
  FORWARD_LOOKUP_REFUSED: {
    title: "A lookup was refused",
    retry: "never",
    fix: "Correct the lookup's `request` or its target, then replay; `onError: null` lets the delivery go on without.",
  },
  FORWARD_STATUS_RETRYABLE: {
    title: "The target asked to be called again, or failed",
    retry: "later",
    fix: "Look at the answer that is kept with the attempt.",
  },
  FORWARD_STATUS_REFUSED: {
    title: "The target refused the request",
    retry: "never",
    fix: "Look at the answer that is kept with the attempt; correct the rule or the credentials, then replay.",
  },
  FORWARD_ANSWER_DEVIATED: {
    title: "The target's answer is not what the route expects",
    retry: "never",
    fix: "Compare the answer that is kept with the attempt with the route's `expect`; correct the one that is wrong, then replay.",
  },
  FORWARD_REDIRECTED: {
    title: "The target answered with a redirect, which is not followed",
    retry: "never",
    fix: "Put the final URL into the target.",
  },
  FORWARD_WORKER_LOST: {
    title: "Workers died over this delivery",
    retry: "never",
    fix: "Look at the log and the memory of the processes that ended; correct the rule or the target, then replay the delivery.",
  },
  FORWARD_ATTEMPTS_EXHAUSTED: {
    title: "Every attempt failed",
    retry: "never",
    fix: "Look at the attempts; when the target is well again, replay the delivery.",
  },

  // rules: found by `signalbox check` in the workspace
  RULE_FOLDER_MISSING: {
    title: "The workspace has no files",
    retry: "never",
    fix: "Point --dir or SIGNALBOX_DIR at a folder with sources/, routes/ and targets/.",
  },
  RULE_GIT_UNREADABLE: {
    title: "The rules cannot be taken from git",
    retry: "later",
    fix: "See that the repository is reached from here, that SIGNALBOX_RULES names a ref and a folder of it, and that git may read it. The rules in force stay.",
  },
  RULE_FILE_UNREADABLE: {
    title: "The file cannot be read",
    retry: "never",
    fix: "Make it a readable regular file inside the workspace.",
  },
  RULE_FILE_TOO_LARGE: {
    title: "The file is larger than 256 KB",
    retry: "never",
    fix: "Split it, or move samples into files of their own.",
  },
  RULE_FILE_UNKNOWN: {
    title: "The file is of no kind that is read here",
    retry: "never",
    fix: "Rename or move the file.",
  },
  RULE_NAME_INVALID: {
    title: "The file's stem cannot be a name",
    retry: "never",
    fix: "Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 100.",
  },
  RULE_NAME_TAKEN: {
    title: "Two files claim one name",
    retry: "never",
    fix: "Rename or remove one of them.",
  },
  RULE_YAML_INVALID: {
    title: "The file is not readable YAML",
    retry: "never",
    fix: "Correct the YAML at the place given.",
  },
  RULE_YAML_ALIASES: {
    title: "The file's aliases multiply beyond measure",
    retry: "never",
    fix: "Write the values out.",
  },
  RULE_JSON_INVALID: {
    title: "The file is not readable JSON",
    retry: "never",
    fix: "Correct the JSON at the place given.",
  },
  RULE_KEY_UNKNOWN: { title: "There is no such key", retry: "never", fix: "Remove or correct the key." },
  RULE_KEY_MISSING: { title: "A required key is missing", retry: "never", fix: "Add the key." },
  RULE_VALUE_INVALID: {
    title: "The value is not allowed here",
    retry: "never",
    fix: "Give a value that docs/reference allows for this key.",
  },
  RULE_VARIABLE_UNSET: {
    title: "An environment variable is not set",
    retry: "never",
    fix: "Set it in the environment or the workspace's .env, or give a default: ${NAME:-default}.",
  },
  RULE_PROVIDER_UNKNOWN: {
    title: "There is no such provider",
    retry: "never",
    fix: "See `signalbox providers`.",
  },
  RULE_PROVIDER_UNSUITED: {
    title: "The source lacks what its provider needs",
    retry: "never",
    fix: "Add what is named.",
  },
  RULE_SOURCE_UNKNOWN: {
    title: "There is no such source",
    retry: "never",
    fix: "Create sources/<name>.yaml or correct the name.",
  },
  RULE_ROUTE_UNKNOWN: {
    title: "There is no such route",
    retry: "never",
    fix: "Create routes/<name>.yaml or correct the name.",
  },
  RULE_TARGET_UNKNOWN: {
    title: "There is no such target",
    retry: "never",
    fix: "Create targets/<name>.yaml or correct the name.",
  },
  RULE_TRANSFORM_UNKNOWN: {
    title: "There is no such transform",
    retry: "never",
    fix: "Create transforms/<name>.jsonata or correct the name.",
  },
  RULE_SCHEMA_UNKNOWN: {
    title: "There is no such schema",
    retry: "never",
    fix: "Create schemas/<name>.json or correct the name.",
  },
  RULE_SCHEMA_INVALID: {
    title: "The schema does not compile",
    retry: "never",
    fix: "Correct the JSON Schema at the place given.",
  },
  RULE_SCHEMA_CONTRADICTORY: {
    title: "No value satisfies this part of the schema",
    retry: "never",
    fix: "Correct one of the two, or remove the part.",
  },
  RULE_SYNTAX_INVALID: {
    title: "The JSONata does not parse",
    retry: "never",
    fix: "Correct the expression at the place given.",
  },
  RULE_FUNCTION_UNKNOWN: {
    title: "There is no such function",
    retry: "never",
    fix: "Correct the name, or define it before its use.",
  },
  RULE_EVAL_REFUSED: {
    title: "$eval does not exist here",
    retry: "never",
    fix: "Write the expression out; a rule does not run text.",
  },
  RULE_REGEX_INVALID: {
    title: "The regular expression is not supported",
    retry: "never",
    fix: "Use RE2 syntax: no lookaround and no backreferences.",
  },
  RULE_HYPHEN_DOUBTFUL: {
    title: "A name with a hyphen is read as a subtraction",
    retry: "never",
    fix: "Put the name into backquotes; if a subtraction is meant, put blanks around the hyphen.",
  },
  RULE_PATH_UNKNOWN: {
    title: "The rule reads a field that is not in the schema",
    retry: "never",
    fix: "Correct the name, or add the field to the input schema.",
  },
  RULE_FIELD_MISSING: {
    title: "A required field of the result may be missing",
    retry: "never",
    fix: "Give a default: `x ?: …`.",
  },
  RULE_FIELD_SINGLE: {
    title: "A list of the result may come out as a single value",
    retry: "never",
    fix: "Put `[…]` around the expression: of one item JSONata makes that item.",
  },
  RULE_FIELD_TYPE: {
    title: "A field of the result may be of the wrong kind",
    retry: "never",
    fix: "Convert it, or give a default where it may be null.",
  },
  RULE_FIELD_UNKNOWN: {
    title: "The result has a field that the output schema does not take",
    retry: "never",
    fix: "Correct the name, remove the field, or add it to the output schema.",
  },
  RULE_FIELD_LIMIT: {
    title: "A field of the result may be outside of what the output schema allows",
    retry: "never",
    fix: "Keep it within the bounds in the rule, or bound in the input schema what it is made of.",
  },
  RULE_RESULT_EMPTY: {
    title: "The rule may make nothing",
    retry: "never",
    fix: "Make a result in every case; a route's `when` filters events that are not wanted.",
  },
  RULE_OPERAND_TYPE: {
    title: "An operator may meet a value of the wrong kind",
    retry: "never",
    fix: "Convert the value, give a default where it may be null, or compare what can be equal.",
  },
  RULE_OPERAND_MISSING: {
    title: "An operator may meet nothing, and silently make nothing",
    retry: "never",
    fix: "Give a default: `x ?: …`, or look first whether it is there.",
  },
  RULE_DEFAULT_NULL: {
    title: "A default behind `??` is not used for null",
    retry: "never",
    fix: "Write `?:`.",
  },
  RULE_ARGUMENT_INVALID: {
    title: "A function is given what it does not take",
    retry: "never",
    fix: "Give the arguments that the function takes, of their kinds.",
  },
  RULE_KEY_REPEATED: {
    title: "A key is given twice in one object",
    retry: "never",
    fix: "Remove one of them.",
  },
  RULE_KEY_UNSTABLE: {
    title: "A key that tells repetitions apart is made of the clock or of chance",
    retry: "never",
    fix: "Make it of ids that the body brings.",
  },
  RULE_REGEX_SLOW: {
    title: "The regular expression can be read in very many ways",
    retry: "never",
    fix: "Repeat no group, and have one `*` or `+` at most, at the end.",
  },
  RULE_SCAN_NESTED: {
    title: "A list is gone through for each item of another one",
    retry: "never",
    fix: "Group it once before the loop, and look items up in it.",
  },
  RULE_NUMBER_INEXACT: {
    title: "A number beyond 2^53 is rounded",
    retry: "never",
    fix: "Use text for ids.",
  },
  RULE_BRANCH_DEAD: {
    title: "A part of the rule is never used",
    retry: "never",
    fix: "Remove it, or correct the condition or the schema.",
  },
  RULE_VARIABLE_UNUSED: {
    title: "A variable is bound and never read",
    retry: "never",
    fix: "Remove it, or correct the name where it was meant to be read.",
  },
  RULE_VARIABLE_UNKNOWN: {
    title: "A variable is read and bound nowhere",
    retry: "never",
    fix: "Correct the name, or bind it before.",
  },
  RULE_ANALYSIS_ENDED: {
    title: "The rule is too large to be followed to its end",
    retry: "never",
    fix: "Split it into several transforms.",
  },
  RULE_EXCUSE_INVALID: {
    title: "An excuse has no reason, or excuses nothing",
    retry: "never",
    fix: "Write `/* signalbox-ignore CODE: reason */` on the line of the problem or right above it, or remove it.",
  },
  RULE_CASE_INVALID: {
    title: "The case does not fit the input schema",
    retry: "never",
    fix: "Correct the case or the schema.",
  },
  RULE_CASE_FILE_MISSING: {
    title: "The case's file cannot be read",
    retry: "never",
    fix: "Correct the path; it is relative to the transform's file.",
  },
  RULE_CASE_ROUTE_UNKNOWN: {
    title: "The case needs a route that cannot be told",
    retry: "never",
    fix: "Name the route in the case: `route: <name>`.",
  },
  RULE_CASE_FAILED: {
    title: "The case did not come out as expected",
    retry: "never",
    fix: "Correct the rule or the expectation.",
  },
  RULE_HEADER_REFUSED: {
    title: "This header cannot be set",
    retry: "never",
    fix: "Remove it: hop-by-hop, host, length, proxy and the router's own headers are set by the router.",
  },
  RULE_SECRET_WRITTEN: {
    title: "A secret stands in the file",
    retry: "never",
    fix: "Write ${NAME}, and set NAME in the environment or the workspace's .env, or NAME_FILE to a file that holds it; a secret that was committed is to be replaced.",
  },
  RULE_CREDENTIAL_INVALID: {
    title: "A credential is not what it must be",
    retry: "never",
    fix: "Give a value of the kind that is named; line breaks of a PEM may be written as \\n.",
  },
  RULE_CREDENTIAL_EXPIRED: {
    title: "A certificate has expired",
    retry: "never",
    fix: "Renew the certificate.",
  },
  RULE_KEY_CONSTANT: {
    title: "A line's key is the same for every event",
    retry: "never",
    fix: "Read something of the event, such as `issue.id`; or leave it where all deliveries of the route are to stand in one line.",
  },
  RULE_LINES_CONFLICT: {
    title: "A route has more than one kind of line",
    retry: "never",
    fix: "Keep one of `order`, `latest`, `throttle` and `batch`; what needs two is two routes.",
  },
  RULE_TYPE_UNKNOWN: {
    title: "The router makes no event of this type",
    retry: "never",
    fix: "Name a type of the source `signalbox`: the page about chains lists them.",
  },
  RULE_ENRICH_UNKNOWN: {
    title: "A lookup is read that the route does not make",
    retry: "never",
    fix: "Add it to the route's `enrich`, or correct the name.",
  },
  RULE_ENRICH_UNUSED: {
    title: "A lookup is made that nothing reads",
    retry: "never",
    fix: "Read it in the rule as `$enrich.<name>`, or remove it: each delivery pays for it.",
  },
  RULE_CHAIN_ENDLESS: {
    title: "Routes feed one another without an end",
    retry: "never",
    fix: "Let a `when` on the way say for which routes' ends it is.",
  },
  RULE_CHAIN_CIRCULAR: {
    title: "Routes may feed one another in a circle",
    retry: "never",
    fix: "Let a `when` on the way say for which routes' ends it is.",
  },
  RULE_UNUSED: { title: "Nothing uses this file", retry: "never", fix: "Name it in a route, or remove it." },
  RULE_UNFINISHED: {
    title: "The rule says of itself that it is not finished",
    retry: "never",
    fix: "Finish it, and remove the comment TODO at its beginning.",
  },

  // settings, store and start
  SETTING_INVALID: {
    title: "A setting is not usable",
    retry: "never",
    fix: "Correct the variable that is named.",
  },
  SETTING_PORT_TAKEN: {
    title: "The port is in use",
    retry: "later",
    fix: "Stop the other program, or choose another port; 0 picks a free one.",
  },
  SETTING_PORT_DENIED: {
    title: "The port may not be listened on",
    retry: "never",
    fix: "Choose a port from 1024 on, with a proxy or the system's forwarding before it; or give the process the privilege for ports below (CAP_NET_BIND_SERVICE).",
  },
  SETTING_STORE_LOCKED: {
    title: "Another router uses this data folder",
    retry: "later",
    fix: "Stop it, or give this one a folder of its own with SIGNALBOX_DATA_DIR.",
  },
  SETTING_STORE_UNREACHABLE: {
    title: "The store cannot be reached",
    retry: "later",
    fix: "Check REDIS_URL and that the server runs.",
  },
  SETTING_STORE_UNSUITED: {
    title: "The store would lose events",
    retry: "never",
    fix: "Set what is named on the server.",
  },
  SETTING_STORE_TRIAL: {
    title: "The trial store is not for production",
    retry: "never",
    fix: "Install valkey or redis (`apt-get install redis-server`), or set REDIS_URL.",
  },

  // the operator's side
  ADMIN_PATH_UNKNOWN: {
    title: "Nothing is served at this path",
    status: 404,
    retry: "never",
    fix: "See /api/v1.",
  },
  ADMIN_METHOD_REFUSED: {
    title: "This method is not taken here",
    status: 405,
    retry: "never",
    fix: "See the `allow` header.",
  },
  ADMIN_ORIGIN_REFUSED: {
    title: "This page may not call the operator's side",
    status: 403,
    retry: "never",
    fix: "Call it under the address it listens on, and not from another site's page.",
  },
  ADMIN_BODY_INVALID: {
    title: "The body of the call is not usable",
    status: 400,
    retry: "never",
    fix: "Send JSON as the operation's page in /api/openapi.json describes it.",
  },
  ADMIN_BODY_TOO_LARGE: {
    title: "The body of the call is too large",
    status: 413,
    retry: "never",
    fix: "Send at most 2 MB.",
  },
  ADMIN_LOGIN_NEEDED: {
    title: "It is not known who calls",
    status: 401,
    retry: "never",
    fix: "Log in at the page, or send `authorization: Bearer <token>` with a token that is neither revoked nor expired.",
  },
  ADMIN_SCOPE_MISSING: {
    title: "The caller may not do this",
    status: 403,
    retry: "never",
    fix: "Use an account or a token whose role and scopes hold what is named.",
  },
  ADMIN_CSRF_MISSING: {
    title: "The call does not show that it comes from our page",
    status: 403,
    retry: "never",
    fix: "Send the `csrf` of GET /api/v1/session as the header `x-csrf-token`.",
  },
  ADMIN_TOKEN_IN_URL: {
    title: "A token stands in the URL",
    status: 400,
    retry: "never",
    fix: "Send it as `authorization: Bearer <token>`, and revoke this one: URLs are written into logs and histories.",
  },
  ADMIN_LOGIN_FAILED: {
    title: "Nobody was logged in",
    status: 401,
    retry: "never",
    fix: "Check name and password. An admin can give out a new invite link.",
  },
  ADMIN_TOTP_NEEDED: {
    title: "A one-time code is needed",
    status: 401,
    retry: "never",
    fix: "Send the present code of the authenticator as `totp`.",
  },
  ADMIN_TOTP_WRONG: {
    title: "The one-time code does not fit",
    status: 401,
    retry: "later",
    fix: "Wait for the next code; set the clock of the authenticator by the network. An admin can remove the one-time codes of an account.",
  },
  ADMIN_TOTP_UNFIT: {
    title: "One-time codes are not in the state that this needs",
    status: 409,
    retry: "never",
    fix: "Begin with POST /api/v1/me/totp, then confirm with a code; remove the old ones before new ones.",
  },
  ADMIN_TRIES_EXCEEDED: {
    title: "There were too many failed tries",
    status: 429,
    retry: "later",
    fix: "Wait as long as `retry-after` says.",
  },
  ADMIN_TLS_NEEDED: {
    title: "Nobody may log in over an open line",
    status: 403,
    retry: "never",
    fix: "Use https by a proxy that SIGNALBOX_TRUSTED_PROXIES names and that sends `x-forwarded-proto: https`, or http://localhost through an SSH tunnel.",
  },
  ADMIN_PASSWORD_UNFIT: {
    title: "This password is too easy to guess",
    status: 400,
    retry: "never",
    fix: "Take 12 to 256 characters, best a few words that nobody would put together.",
  },
  ADMIN_LINK_OVER: {
    title: "The link does not work any more",
    status: 410,
    retry: "never",
    fix: "A setup link works once and until the router is started again, which prints another one; an admin makes another invite link.",
  },
  ADMIN_LAST_ADMIN: {
    title: "Nobody would be left who may change anything",
    status: 409,
    retry: "never",
    fix: "Make somebody else an admin first.",
  },
  ADMIN_NAME_TAKEN: {
    title: "The name is taken",
    status: 409,
    retry: "never",
    fix: "Take another name.",
  },
  ADMIN_SECRET_KEY_WRONG: {
    title: "What was kept under a secret key cannot be read with the present one",
    status: 503,
    retry: "never",
    fix: "Give all routers on this store the SIGNALBOX_SECRET_KEY that was in use, or the file secret.key of that data folder; else an admin removes the one-time codes, and requests in quarantine are lost.",
  },
  ADMIN_OIDC_REFUSED: {
    title: "The identity provider's log-in was not accepted",
    status: 403,
    retry: "never",
    fix: "See what is named; SIGNALBOX_OIDC_ROLES says which of the provider's roles may come in.",
  },
  ADMIN_OIDC_UNAVAILABLE: {
    title: "The identity provider cannot be used",
    status: 503,
    retry: "later",
    fix: "See the log line `oidc.failed`, and the settings SIGNALBOX_OIDC_*.",
  },
  ADMIN_CURSOR_STALE: {
    title: "The cursor leads nowhere any more",
    status: 410,
    retry: "never",
    fix: "Start again from the first page: leave `cursor` out.",
  },
  ADMIN_NAME_UNKNOWN: {
    title: "There is nothing of this name",
    status: 404,
    retry: "never",
    fix: "See the list that the path without the name gives.",
  },
  ADMIN_CONFLICT: {
    title: "Somebody else was faster",
    status: 409,
    retry: "never",
    fix: "Look at how it is now, and decide again.",
  },
  ADMIN_PLAYGROUND_BUSY: {
    title: "Too many rules are being tried",
    status: 429,
    retry: "later",
    fix: "Wait for a moment, then try again.",
  },
  ADMIN_DELIVERY_BUSY: {
    title: "The delivery is being attempted at this moment",
    status: 409,
    retry: "later",
    fix: "Wait for the attempt to end, then replay.",
  },
  ADMIN_ROUTE_MISSING: {
    title: "No route of today takes this event",
    status: 409,
    retry: "never",
    fix: "Add a route for the event's source and type, then replay.",
  },
  ADMIN_INPUT_INVALID: {
    title: "A parameter is not usable",
    status: 400,
    retry: "never",
    fix: "Correct the parameter that is named.",
  },
  ADMIN_EVENT_UNKNOWN: {
    title: "There is no such event",
    status: 404,
    retry: "never",
    fix: "It may have left the history; see `signalbox events`.",
  },
  ADMIN_DELIVERY_UNKNOWN: {
    title: "There is no such delivery",
    status: 404,
    retry: "never",
    fix: "It may have left the history; see `signalbox deliveries`.",
  },
  ADMIN_HOLD_UNKNOWN: {
    title: "There is no hold of this id",
    status: 404,
    retry: "never",
    fix: "List them with `signalbox holds` or GET /api/v1/holds; those that are decided leave with the history.",
  },
  ADMIN_HOLD_DECIDED: {
    title: "The hold has come to its end already",
    status: 409,
    retry: "never",
    fix: "Look at who decided and when; replay the delivery to have it held again.",
  },
  ADMIN_HOLD_CHANGED: {
    title: "What would be sent is not what you looked at",
    status: 409,
    retry: "later",
    fix: "Read the hold again, look at the request, and decide on the hash that it has now.",
  },
  ADMIN_REVIEWER_REFUSED: {
    title: "You may not decide on this hold",
    status: 403,
    retry: "never",
    fix: "Have somebody decide whom the `gate` of the route names under `reviewers`, and who did not cause the delivery.",
  },
  ADMIN_STORE_UNAVAILABLE: {
    title: "The store does not answer",
    status: 503,
    retry: "later",
    fix: "See /readyz and the log.",
  },
  ADMIN_INTERNAL: {
    title: "The router failed on this request",
    status: 500,
    retry: "later",
    fix: "Please report it with the log line.",
  },
  ADMIN_REQUEST_UNKNOWN: {
    title: "No request of this id is held",
    status: 404,
    retry: "never",
    fix: "Take an id from `signalbox requests`; requests are held for the source's `quarantineHours`, and no more once they were let in.",
  },
} as const satisfies Record<string, Entry>;

/** Every code there is. */
export type ErrorCode = keyof typeof table;

/** The table, for pages and tests. */
export const errorTable: Readonly<Record<ErrorCode, Entry>> = table;

/** True for text that is a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}

/** A part of a schema: the schema's name, and a JSON Pointer into it ("/properties/id/type"). */
export interface SchemaPart {
  readonly name: string;
  readonly pointer: string;
}

/** An error with a code of the table. `detail` says what happened to which named thing; no payload, no secret. */
export class SignalboxError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Seconds after which to try again, where that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** The schema that was not satisfied, and the JSON Pointer of that part of it. */
  readonly schema: SchemaPart | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; retryAfterSeconds?: number; schema?: SchemaPart | undefined } = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "SignalboxError";
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.schema = options.schema;
  }
}

/** What went wrong, without the code: in a sentence that began with whose fault it is. */
export function detailOf(thrown: unknown): string {
  return thrown instanceof SignalboxError ? thrown.detail : "it failed in a way that nobody foresaw";
}

/** For the log: the name of what was thrown and where that happened. Not its message, which may quote a payload. */
export function framesOf(thrown: unknown): { readonly error: string; readonly frames: readonly string[] } {
  const { name, stack = "" } = thrown instanceof Error ? thrown : new Error("what was thrown is no error");
  return { error: name, frames: stack.split("\n").filter((line) => line.startsWith("    at ")) };
}
