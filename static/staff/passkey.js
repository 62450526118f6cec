/* Passkeys: fetches a challenge, asks the browser for the passkey, and sends its answer with the form around the button. */
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function readable(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const known of list || []) known.id = bytes(known.id);
    }
    return options;
  }

  function sendable(made) {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    if (made.response.attestationObject) {
      response.attestationObject = text(made.response.attestationObject);
    } else {
      response.authenticatorData = text(made.response.authenticatorData);
      response.signature = text(made.response.signature);
      response.userHandle = made.response.userHandle ? text(made.response.userHandle) : null;
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, extensions: {} });
  }

  function put(form, name, value) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }

  async function begin(button) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(button.form)) {
      if (name === "name" || name === "email") body.append(name, value);
    }
    const answer = await fetch(button.dataset.start, { method: "POST", body, credentials: "same-origin" });
    if (answer.status === 422 || answer.status === 429) throw new Error((await answer.json()).problem);
    if (!answer.ok || answer.redirected) throw new Error("This page is out of date. Open it again and try once more.");
    return answer.json();
  }

  async function pressed(button, said) {
    button.disabled = true;
    said.textContent = "";
    try {
      const { ceremony, publicKey } = await begin(button);
      const asked = { publicKey: readable(publicKey) };
      const made = await navigator.credentials[button.dataset.passkey](asked);
      put(button.form, "ceremony", ceremony);
      put(button.form, "credential", sendable(made));
      button.form.action = button.dataset.finish;
      button.form.submit();
    } catch (error) {
      const stopped = error instanceof DOMException;
      said.textContent = stopped ? "The passkey was not used. Try once more, or choose another way." : error.message;
      button.disabled = false;
    }
  }

  document.querySelectorAll("[data-passkey]").forEach((button) => {
    const part = button.closest("[data-passkey-part]");
    part.hidden = false;
    const said = part.querySelector("[data-passkey-said]");
    button.addEventListener("click", () => pressed(button, said));
  });
})();
