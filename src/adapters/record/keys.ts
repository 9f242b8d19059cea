/** The record's keys in the store. Ids of events are their 26 characters here, without `evt_`. */

export const keys = {
  /**
   * A hot event, a hash: m meta, b body (deflated where shorter than m says), z bytes, o open deliveries, r route tags, `d:<tag>` delivery, `a:<tag>:<n>` attempt,
   * `p:<tag>` what its transform made, x hashes it is found by, u repetitions, w count of changes since the commit,
   * t when it was made hot for a change that has not come yet.
   */
  event: (id26: string): string => `{sb}:e:${id26}`,
  /** Remembers a provider's delivery id of a source. */
  dedupe: (source: string, key: string): string => `{sb}:k:${source}:${key}`,
  /** The event that is meant by an id which was told for it in vain (other-names.ts). */
  otherName: (id26: string): string => `{sb}:is:${id26}`,
  /** Zset of the hot events, score 0: the ids themselves sort by time. */
  events: "{sb}:events",
  /** Zset of the hot events without open deliveries, score 0: what may be sealed. */
  settled: "{sb}:settled",
  /** Zset of `<8 hex digits of a hash><id26>`, score 0: hot events by provider's id and tags. */
  index: "{sb}:x",
  /** Zset of open deliveries by the time they are due (epoch ms). */
  open: "{sb}:open",
  /** Zset of a target's open deliveries by the time their event was received (epoch ms). */
  openOf: (target: string): string => `{sb}:o:${target}`,
  /** Hash of lines: whose turn it is (line-scripts.ts has the form); a line's zset of those that wait, by microseconds of receipt. */
  turns: "{sb}:lines",
  waiting: (line: string): string => `{sb}:ln:${line}`,
  /** List of a batch's deliveries, by the first of them. */
  batch: (first: string): string => `{sb}:lb:${first}`,
  /** Zset of lines by when the next may begin (epoch ms), and of those that are stopped, by since when. */
  due: "{sb}:due",
  stopped: "{sb}:blocked",
  /** Zset of dead letters by the time they died (epoch ms). */
  dead: "{sb}:dead",
  /** Hash of causes of death, 16 hex digits → JSON; a cause is there as long as its zset of deliveries by time of death. */
  causes: "{sb}:dc",
  deadOf: (cause: string): string => `{sb}:dg:${cause}`,
  /** Bytes held by all hot events together, and by all segments. */
  bytes: "{sb}:bytes",
  sealedBytes: "{sb}:sealed-bytes",
  /** Hash of segments, number → entry as JSON; what its last change is known by. */
  directory: "{sb}:dir",
  directoryChanges: "{sb}:dirv",
  /** A segment's strings: m columns, i index, c context and attempts, b bodies. */
  segment: (number: number, part: "m" | "i" | "c" | "b"): string => `{sb}:s:${number}:${part}`,
  /** The one who seals at present. */
  sealer: "{sb}:sealer",
  /** The greatest event id that retention has dropped. */
  floor: "{sb}:floor",
  /** Hash of what became of what was received in an hour (epoch hours): `<source>|<what>` → count. */
  ledger: (hour: number): string => `{sb}:l:${hour}`,
  /** Hash of counts of refused requests, `source|code`, and the list of the latest. */
  refusals: "{sb}:refusals",
  refused: "{sb}:refused",
  /** The list of the latest repetitions; and of an event a hash of its latest by their number, with `n` how many there were. */
  repetitions: "{sb}:repeated",
  repetitionsOf: (id26: string): string => `{sb}:u:${id26}`,
  /** Hash of deliveries that are suspected of killing workers → workers that died with it alone in hand. */
  suspects: "{sb}:suspects",
  /** Set of deliveries by which a version of a rule is blamed, and the set of versions that are quarantined. */
  blamed: (rule: string): string => `{sb}:blamed:${rule}`,
  quarantined: "{sb}:quarantined",
  /** Hash of what processes have counted of a version of a route's expressions (live-coverage.ts). */
  coverage: (version: string): string => `{sb}:cov:${version}`,
  /**
   * A hold, a hash: see holds.ts. Zsets of holds: all and those that wait, score 0, since the ids sort by time; those that wait
   * by the time they run out, those that ended by when; and those of which somebody is still to be told by since when (epoch ms).
   */
  hold: (id: string): string => `{sb}:h:${id}`,
  holds: "{sb}:h",
  waitingHolds: "{sb}:h:waiting",
  dueHolds: "{sb}:h:due",
  owed: "{sb}:h:owed",
  endedHolds: "{sb}:h:ended",
  /**
   * List of a route's versions by when they came into force, newest first: `version|epoch ms|commit|edited`. Hash of versions' texts,
   * deflated; zset of versions by when they were loaded last; how many bytes the texts take.
   */
  versionsOf: (route: string): string => `{sb}:v:${route}`,
  versionTexts: "{sb}:versions",
  versionAges: "{sb}:versions:at",
  versionBytes: "{sb}:versions:bytes",
  /** Channel on which what happens is told to whoever follows. */
  tail: "{sb}:tail",
} as const;

/** Epoch hours. */
export function hourOf(ms: number): number {
  return Math.floor(ms / 3_600_000);
}
