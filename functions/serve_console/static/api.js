// The HTTP API (docs/api.md). Every failure leaves here as one kind of error that a person can be shown.

import { bearer, sessionEnded } from "/console/session.js";

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.code = problem.code || "";
    this.detail = problem.detail || "";
    this.mend = problem.mend || "";
    this.where = problem.where || "";
  }

  /** Worth asking again without anybody doing anything. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function problemOf(answer) {
  const text = await answer.text();
  try {
    const body = JSON.parse(text);
    if (body && typeof body === "object") return { ...body, detail: body.detail || body.message || "" };
  } catch {
    // A gateway in front may answer in plain words or HTML; what is shown then is our own sentence for the status.
  }
  return { title: "", detail: "" };
}

export async function call(method, path, body, { signal, headers = {}, keepalive = false } = {}) {
  const token = bearer();
  const given = { Accept: "application/json", ...headers };
  if (token) given.Authorization = `Bearer ${token}`;
  if (body !== undefined) given["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers: given, body: body === undefined ? undefined : JSON.stringify(body), signal, keepalive, cache: "no-cache" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "unreachable" });
  }
  if (answer.status === 401) sessionEnded();
  if (!answer.ok) throw new ApiError(answer.status, await problemOf(answer));
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch {
    // An empty 202 is fine; anything else that is not JSON came from somewhere that is not our API.
    if (answer.status === 202 || method === "DELETE") return null;
    throw new ApiError(502, { code: "unreadable" });
  }
}

export const get = (path, options) => call("GET", path, undefined, options);
export const post = (path, body, options) => call("POST", path, body ?? {}, options);
export const put = (path, body, options) => call("PUT", path, body, options);
export const patch = (path, body, options) => call("PATCH", path, body, options);
export const remove = (path, options) => call("DELETE", path, undefined, options);
export const id = encodeURIComponent;
