// Who is here: OIDC authorization code with PKCE, the same with Cognito's hosted sign-in and with a local issuer.

const KEPT = "hc.session";
const STARTED = "hc.signin";
const ENDED = new Set();

let session = null;

const base64url = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function claims(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (char) => char.charCodeAt(0))));
  } catch {
    return {};
  }
}

async function discover(config) {
  const issuer = new URL(config.issuer, location.origin).href.replace(/\/$/, "");
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(`discovery answered ${answer.status}`);
  return answer.json();
}

const redirectUri = () => `${location.origin}/console/callback`;

function take(kept) {
  document.cookie = `hc_staff=1; path=/; max-age=2592000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`; // no buyer (docs/delivery-events.md)
  const seen = { ...claims(kept.access), ...claims(kept.id) };
  const groups = seen["cognito:groups"];
  session = {
    ...kept,
    roles: Array.isArray(groups) ? groups : groups ? [groups] : [],
    name: seen.name || seen.email || seen["cognito:username"] || seen.username || seen.preferred_username || seen.sub || "",
  };
}

/** Pick up the session of this tab, if there is one that still lasts. */
export function resume() {
  const text = sessionStorage.getItem(KEPT);
  if (!text) return null;
  const kept = JSON.parse(text);
  if (kept.until <= Date.now()) {
    sessionStorage.removeItem(KEPT);
    return null;
  }
  take(kept);
  return session;
}

export const who = () => session;
export const bearer = () => (session && session.until > Date.now() ? session.access || session.id : "");
/** Whether one of these roles is held; admin may do everything. */
export const may = (...roles) => Boolean(session) && (session.roles.includes("admin") || roles.some((role) => session.roles.includes(role)));
export const onEnded = (listener) => ENDED.add(listener);

export function sessionEnded() {
  if (!session || session.ended) return;
  session.ended = true;
  sessionStorage.removeItem(KEPT);
  ENDED.forEach((each) => each());
}

/** Leave for the sign-in page; `back` is where to come back to. */
export async function signIn(config, back) {
  const found = await discover(config);
  const verifier = random();
  const started = { verifier, state: random(), nonce: random(), back, token: found.token_endpoint };
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const url = new URL(found.authorization_endpoint, location.origin);
  const query = {
    response_type: "code", client_id: config.client_id, redirect_uri: redirectUri(), scope: "openid profile",
    state: started.state, nonce: started.nonce, code_challenge: challenge, code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  location.assign(url.href);
}

/** Finish on /console/callback: returns the path to go back to. Throws {code} for words. */
export async function finishSignIn(config, query) {
  const started = JSON.parse(sessionStorage.getItem(STARTED) || "null");
  sessionStorage.removeItem(STARTED);
  const fail = (code, detail = "") => Object.assign(new Error(detail || code), { code, detail, back: started?.back });
  if (query.get("error")) throw fail("refused", query.get("error_description") || query.get("error"));
  if (!started || !query.get("code") || query.get("state") !== started.state) throw fail("stale");
  const answer = await fetch(started.token, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "authorization_code", client_id: config.client_id, code: query.get("code"), redirect_uri: redirectUri(), code_verifier: started.verifier }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || !(body.access_token || body.id_token)) throw fail("exchange", body.error_description || body.error || String(answer.status));
  if (body.id_token && claims(body.id_token).nonce !== started.nonce) throw fail("stale");
  const ends = claims(body.access_token || body.id_token).exp;
  const kept = { access: body.access_token || "", id: body.id_token || "", until: ends ? ends * 1000 : Date.now() + (body.expires_in || 3600) * 1000 };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  take(kept);
  return started.back || "/console/";
}

/** Forget the tokens here and at the issuer. */
export async function signOut(config) {
  const id = session?.id;
  session = null;
  sessionStorage.clear();
  const home = `${location.origin}/console/`;
  const found = await discover(config).catch(() => ({}));
  if (!found.end_session_endpoint) {
    location.assign(home);
    return;
  }
  const url = new URL(found.end_session_endpoint, location.origin);
  // Cognito asks for client_id and logout_uri, the OIDC standard for the other two; each ignores what it does not know.
  const query = { client_id: config.client_id, logout_uri: home, post_logout_redirect_uri: home, ...(id ? { id_token_hint: id } : {}) };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  location.assign(url.href);
}
