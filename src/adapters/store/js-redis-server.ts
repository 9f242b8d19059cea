/**
 * The trial store's own process: js-redis-server on a unix socket, forked by trial-store.ts as `<socket> <snapshot file>`.
 * What it holds is written to the snapshot file every 2 s when it changed and when it ends, and read when it starts.
 * It ends with the router: when the channel between them closes, however that comes about.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import {
  createRedisCommandExecutor,
  RedisServerState,
  Resp2Server,
  type KeyspaceEntry,
  type RedisDatabase,
} from "js-redis-server/core";

const SNAPSHOT_EVERY_MS = 2_000;
const [socket = "", snapshotFile = ""] = process.argv.slice(2);

const state = new RedisServerState({ databaseCount: 16 });
let changed = false;
let saving = Promise.resolve();
restore();
for (const database of state.databases) database.subscribe(() => (changed = true));

rmSync(socket, { force: true });
// Its own listen() knows ports only, and takes them on every address of the machine.
new Resp2Server({ server: state, executor: createRedisCommandExecutor() }).server.listen(socket);
setInterval(() => void save(), SNAPSHOT_EVERY_MS);
process.once("disconnect", () => void end(0));
process.once("SIGTERM", () => void end(0));
process.once("uncaughtException", (error) => {
  process.stderr.write(`The trial store failed: ${error.stack ?? error.message}\n`);
  void end(1);
});

async function end(code: number): Promise<void> {
  await save();
  rmSync(socket, { force: true });
  process.exit(code);
}

/** One snapshot at a time; a reader sees the former one or the new one, whole. */
function save(): Promise<void> {
  saving = saving.then(async () => {
    if (!changed) return;
    changed = false;
    const databases: KeyspaceEntry[][] = [];
    for (const database of state.databases) databases.push(await entriesOf(database));
    writeFileSync(`${snapshotFile}.new`, serialize(databases), { mode: 0o600, flush: true });
    renameSync(`${snapshotFile}.new`, snapshotFile);
  });
  return saving;
}

/** Taken in turn with the commands, so that none is seen half done. */
async function entriesOf(database: RedisDatabase): Promise<KeyspaceEntry[]> {
  const turn = await database.turnQueue.waitTurn();
  try {
    return database.entriesSnapshot();
  } finally {
    turn.release();
  }
}

function restore(): void {
  if (!existsSync(snapshotFile)) return;
  try {
    const databases = deserialize(readFileSync(snapshotFile)) as KeyspaceEntry[][];
    databases.forEach((entries, number) => {
      const database = state.getDatabase(number);
      for (const { key, value, expiresAt } of entries) {
        database.set(key, value, expiresAt === undefined ? {} : { expiresAt });
      }
    });
  } catch (error) {
    process.stderr.write(
      `${snapshotFile} cannot be read (${String(error)}); remove it to begin with nothing.\n`,
    );
    process.exit(1);
  }
}
