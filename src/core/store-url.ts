/** Where a store is, as REDIS_URL says: one server, a primary that sentinels know, or a cluster. */

/** A server's address. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Paths of PEM files, as the parameters of a `rediss` URL name them. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface StorePlace {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The database's number. */
  readonly database: number;
  /** One; with `primary` those of the sentinels, with `cluster` some of its nodes. */
  readonly addresses: readonly [Address, ...Address[]];
  /** The name by which the sentinels know the primary. */
  readonly primary?: string;
  /** True where the addresses are nodes of a cluster. */
  readonly cluster?: true;
  /** Files with certificates as PEM: of who signs the store's, and of our own with its key. */
  readonly files?: TlsFiles;
  /** What the sentinels themselves ask for. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const SENTINEL_QUERY = ["sentinelUsername", "sentinelPassword"];
const TLS_QUERY = ["ca", "cert", "key"] as const;

/**
 * `redis://[user:password@]host[:port][/db]`, `redis+sentinel://[user:password@]host[:port],host[:port]…/<name>[/db]` or
 * `redis+cluster://[user:password@]host[:port],host[:port]…`, each with `rediss` for TLS, which takes the parameters `ca`, `cert`
 * and `key`, paths of PEM files. Text: what was expected instead, never with the password.
 */
export function readStoreUrl(text: string): StorePlace | string {
  const [, scheme, s, kind, rest] = /^(redis(s)?(\+sentinel|\+cluster)?):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) {
    const isUrl = URL.canParse(text);
    return isUrl
      ? "a URL that begins with redis:// or rediss://, redis+sentinel:// or redis+cluster://"
      : "a URL such as redis://user:password@host:6379/0 (encode odd characters as %XX)";
  }
  const [, login, hosts = "", path = "", query] =
    /^(?:([^@/?]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/.exec(rest!) ?? [];
  const credentials = readLogin(login);
  if (credentials === undefined) return "a URL in which a `%` of user or password is written %25";
  const files = readFiles(s !== undefined, query, kind === "+sentinel" ? SENTINEL_QUERY : []);
  if (typeof files === "string") return files;
  const of = { tls: s !== undefined, ...credentials, ...(files && { files }) };
  if (kind === "+cluster") return readCluster(hosts, path, of);
  return kind === undefined ? readSingle(rest!, hosts, path, of) : readSentinel(hosts, path, query, of);
}

type Of = Pick<StorePlace, "tls" | "username" | "password" | "files">;

/** The parameters about TLS; undefined: there are none. `more` are those that are read elsewhere. */
function readFiles(
  isTls: boolean,
  query: string | undefined,
  more: readonly string[],
): TlsFiles | string | undefined {
  const parameters = new URLSearchParams(query);
  const known = isTls ? [...more, ...TLS_QUERY] : more;
  if (known.length === 0 && query !== undefined)
    return "a URL without parameters; certificates are always verified";
  if ([...parameters.keys()].some((name) => !known.includes(name)))
    return `no parameters but ${known.join(", ").replace(/, (?=[^,]*$)/, " and ")}; certificates are always verified`;
  const files = Object.fromEntries(
    TLS_QUERY.flatMap((name) => (parameters.get(name) ? [[name, parameters.get(name)!]] : [])),
  ) as TlsFiles;
  if ((files.cert === undefined) !== (files.key === undefined))
    return "both `cert` and `key`, or neither: a certificate of ours is of no use without its key";
  return Object.keys(files).length === 0 ? undefined : files;
}

function readSingle(rest: string, hosts: string, path: string, of: Of): StorePlace | string {
  if (rest.includes("#")) return "a URL without parameters; certificates are always verified";
  if (hosts === "") return "a URL with a host: redis://host:6379";
  const address = readAddress(hosts, REDIS_PORT);
  if (address === undefined)
    return "a URL such as redis://user:password@host:6379/0 (encode odd characters as %XX)";
  const database = readDatabase(path.slice(1));
  if (database === undefined) return "a URL whose path is a database's number: redis://host:6379/0";
  return { ...of, addresses: [address], database };
}

function readCluster(hosts: string, path: string, of: Of): StorePlace | string {
  const addresses = readAddresses(hosts, REDIS_PORT);
  if (addresses === undefined)
    return "some of the cluster's nodes, separated by commas: redis+cluster://host:6379,host:6379";
  if (!/^\/?$|^\/0$/.test(path)) return "a URL without a path: a cluster has the one database 0";
  return { ...of, addresses, database: 0, cluster: true };
}

function readSentinel(hosts: string, path: string, query: string | undefined, of: Of): StorePlace | string {
  const addresses = readAddresses(hosts, SENTINEL_PORT);
  if (addresses === undefined)
    return "the sentinels' hosts, separated by commas: redis+sentinel://host:26379,host:26379/mymaster";
  const [primary = "", number = "", more] = path.slice(1).split("/");
  const database = readDatabase(number);
  if (!/^[\w.-]+$/.test(primary) || more !== undefined || database === undefined)
    return "a path with the primary's name, and a database's number if need be: redis+sentinel://host/mymaster/0";
  const parameters = new URLSearchParams(query);
  const [sentinelUsername, sentinelPassword] = SENTINEL_QUERY.map(
    (name) => parameters.get(name) ?? undefined,
  );
  return {
    ...of,
    addresses,
    database,
    primary,
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  };
}

function readLogin(login: string | undefined): Pick<StorePlace, "username" | "password"> | undefined {
  if (login === undefined) return {};
  const colon = login.indexOf(":");
  try {
    const username = decodeURIComponent(colon < 0 ? login : login.slice(0, colon));
    const password = colon < 0 ? "" : decodeURIComponent(login.slice(colon + 1));
    return { ...(username !== "" && { username }), ...(password !== "" && { password }) };
  } catch {
    return undefined;
  }
}

/** Those of a list with commas; undefined where one of them is none. */
function readAddresses(hosts: string, usual: number): StorePlace["addresses"] | undefined {
  const addresses = hosts.split(",").map((host) => readAddress(host, usual));
  const [first, ...others] = addresses.filter((one) => one !== undefined);
  return first === undefined || others.length + 1 < addresses.length ? undefined : [first, ...others];
}

function readAddress(text: string, usual: number): Address | undefined {
  const [, v6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  const number = port === undefined ? usual : Number(port);
  return host === undefined || number > 65_535 ? undefined : { host, port: number };
}

function readDatabase(text: string): number | undefined {
  return /^\d{0,3}$/.test(text) ? Number(text) : undefined;
}
