// Signs the document of a form with NCALayer and sends the form (templates/parts/sign.html).
//
// NCALayer is a program on the reader's own computer. It speaks first and says its version; it is asked to sign
// (module kz.gov.pki.knca.basics), shows its own window, and answers with the signature, an empty body or an error.

const GREETING_MILLISECONDS = 5000;

class Unsigned extends Error {
  // `reason` names the form's data attribute that holds the sentence for it.
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

function request({ document: data, ekus }) {
  const locale = document.documentElement.lang.startsWith("ru") ? "ru" : "kk";
  const signingParams = { decode: true, encapsulate: false, digested: false };
  const signerParams = { extKeyUsageOids: ekus.split(",").filter(Boolean) };
  const args = { allowedStorages: null, format: "cms", data, signingParams, signerParams, locale };
  return { module: "kz.gov.pki.knca.basics", method: "sign", args };
}

function signature(answer) {
  if (!answer.status) throw new Unsigned("unexpected");
  if (answer.body?.result === undefined) throw new Unsigned("cancelled");
  const result = [answer.body.result].flat()[0];
  if (typeof result !== "string" || !result) throw new Unsigned("unexpected");
  return result;
}

function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // a heartbeat, which says nothing
  }
}

function ask(url, question, stop) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let greeted = false;
    const end = (settle, value) => {
      clearTimeout(timer);
      settle(value);
      socket.close();
    };
    const fail = (reason) => end(reject, new Unsigned(reason));
    const late = () => fail(socket.readyState === WebSocket.OPEN ? "busy" : "notRunning");
    const timer = setTimeout(late, GREETING_MILLISECONDS);
    stop.addEventListener("abort", () => fail("stopped"));
    socket.addEventListener("close", () => fail(greeted ? "unexpected" : "notRunning"));
    socket.addEventListener("message", ({ data }) => {
      const message = parsed(data);
      if (!greeted && message.result?.version) {
        greeted = true;
        clearTimeout(timer);
        socket.send(JSON.stringify(question));
      } else if (greeted && ("status" in message || "errorCode" in message)) {
        end(resolve, message);
      }
    });
  });
}

function prepare(form) {
  const part = (name) => form.querySelector(`[data-sign-${name}]`);
  const button = part("button");
  let stopping = null; // while NCALayer is asked
  let sent = false;

  const show = (status, alert) => {
    part("status").textContent = status;
    part("alert").textContent = alert;
    part("waiting").hidden = !stopping;
    button.setAttribute("aria-disabled", String(Boolean(stopping) || sent));
  };

  async function sign() {
    stopping = new AbortController();
    show(form.dataset.signing, "");
    try {
      const answer = await ask(form.dataset.ncalayerUrl, request(form.dataset), stopping.signal);
      form.elements.cms.value = signature(answer);
      form.elements.cms_file.value = "";
      sent = true;
      stopping = null;
      show(form.dataset.sending, "");
      form.submit();
    } catch (error) {
      stopping = null;
      show("", form.dataset[error.reason ?? "notRunning"]);
      button.focus();
    }
  }

  form.addEventListener("submit", (event) => {
    if (sent || stopping) event.preventDefault();
    else if (event.submitter?.name === "way") sent = true;
    else {
      event.preventDefault();
      sign();
    }
  });
  part("stop").addEventListener("click", () => stopping?.abort());
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return; // else the reader came back to a page that had been sent
    sent = false;
    form.elements.cms.value = "";
    show("", "");
  });
  part("here").hidden = false;
}

document.querySelectorAll("form[data-sign]").forEach(prepare);
