/** The API of the server: requests, errors in words, jobs. The key is kept for this tab alone. */

import { number, t } from "./i18n.js";

const KEY = "askew.key";
const PAUSE = 150;

/** An answer that is an error. status: 0 if there was none. hint: what to do, from the server. retry: seconds. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} type
   * @param {string} message
   * @param {number} retry
   */
  constructor(status, type, message, retry) {
    super(message);
    this.status = status;
    this.type = type;
    this.retry = retry;
  }

  /** What it means, in the language of the page. */
  get words() {
    const known = { 0: "error.0", 401: "error.401", 403: "error.403", 404: "error.404", 429: "error.429" };
    const name = /** @type {Record<number, string>} */ (known)[this.status];
    if (name) return t(name, { seconds: number(this.retry || 1) });
    return t(this.status >= 500 ? "error.5xx" : "error.4xx");
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  /** @param {string} secret */
  set: (secret) => (secret ? sessionStorage.setItem(KEY, secret) : sessionStorage.removeItem(KEY)),
};

/**
 * Send a request, and return the JSON of the answer. Throws ApiError; AbortError if the signal was given.
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (key.get()) headers["Authorization"] = `Bearer ${key.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? null : JSON.stringify(body);
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: sent, signal: signal ?? null, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "NetworkError", "", 0);
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const { type = "", message = "" } = found.error ?? {};
  const failed = new ApiError(answer.status, type, message, Number(answer.headers.get("Retry-After")));
  if (failed.status === 401) window.dispatchEvent(new CustomEvent("askew-locked"));
  throw failed;
}

/**
 * Return the path of an index, or of what it has.
 * @param {string} name
 * @param {string} [rest]
 */
export function place(name, rest = "") {
  return `v1/indexes/${encodeURIComponent(name)}${rest}`;
}

/**
 * Start a job, wait for its end, and return its result. It is cancelled when the signal is given.
 * @param {string} path
 * @param {unknown} body
 * @param {(what: string, done: number, of: number) => void} report
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function job(path, body, report, signal) {
  let found = await ask("POST", path, body, signal);
  const mine = `v1/jobs/${found.id}`;
  try {
    while (found.status === "queued" || found.status === "running") {
      const { what = "", done = 0, total = 0 } = found.progress ?? {};
      report(String(what), done, total);
      await new Promise((go) => setTimeout(go, PAUSE));
      found = await ask("GET", mine, undefined, signal);
    }
  } catch (error) {
    if (signal.aborted) void ask("DELETE", mine).catch(() => undefined);
    throw error;
  }
  if (found.status === "done") return found.result;
  throw new ApiError(400, found.error?.type ?? "", found.error?.message ?? "", 0);
}
