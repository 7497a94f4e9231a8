/* A small key-value store on the phone: IndexedDB, or memory where a frame or a browser refuses storage. */

const NAME = "giotay";
const TABLES = ["outbox", "photos", "last"];

/** Under what the drafts of a pupil's question are kept in "last"; `drafts.js` keeps them. */
export const draftsOf = (owner, question) => `draft:${owner}:${question}:`;

/** Opens the store; `isKept` says whether it outlives the page. Never rejects. */
export async function openStore() {
  try {
    return new KeptStore(await openDatabase());
  } catch {
    return new MemoryStore();
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => TABLES.forEach((t) => request.result.createObjectStore(t, { keyPath: "id" }));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

class KeptStore {
  isKept = true;
  constructor(database) {
    this.database = database;
  }
  table(name, mode) {
    return this.database.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }
  put(table, row) {
    return done(this.table(table, "readwrite").put(row));
  }
  remove(table, id) {
    return done(this.table(table, "readwrite").delete(id));
  }
  get(table, id) {
    return done(this.table(table, "readonly").get(id));
  }
  all(table) {
    return done(this.table(table, "readonly").getAll());
  }
}

class MemoryStore {
  isKept = false;
  tables = Object.fromEntries(TABLES.map((t) => [t, new Map()]));
  async put(table, row) {
    this.tables[table].set(row.id, { ...row });
  }
  async remove(table, id) {
    this.tables[table].delete(id);
  }
  async get(table, id) {
    return this.tables[table].get(id);
  }
  async all(table) {
    return [...this.tables[table].values()];
  }
}
